import { expect, test } from "vitest";
import { measurementOf, trackingUidOf } from "../../src/measurements/from-annotation";
import { KINDS } from "../../src/measurements/measurement";
import { annotationOf } from "../../src/measurements/to-annotation";
import { example, IMAGE } from "./examples";

test.each(KINDS)("%s is drawn and taken back exactly", (kind) => {
  const measurement = example(kind);
  const annotation = annotationOf(measurement, IMAGE);
  if (!annotation) throw new Error("Nothing was drawn.");
  const back = measurementOf(annotation, IMAGE, measurement);
  // Codes of finding and site are not the annotation's business.
  expect({ ...back, finding: measurement.finding, site: measurement.site }).toEqual(measurement);
});

test("numbers appear in Cornerstone's own words", () => {
  const annotation = annotationOf(example("EllipticalROI"), IMAGE);
  const stats = Object.values(annotation?.data.cachedStats ?? {})[0];
  expect(stats).toMatchObject({ area: 123.456789012345, areaUnit: "mm²", modalityUnit: "HU" });
  expect((stats as { mean: number }).mean).toBeCloseTo(-12.345678901234567, 12);
});

test("a point off every image lies in space", () => {
  const annotation = annotationOf(example("Length"), IMAGE);
  const [first] = annotation?.data.handles?.points ?? [];
  if (!annotation || !first) throw new Error("Nothing was drawn.");
  first[2] += 0.5;
  expect(measurementOf(annotation, IMAGE, example("Length"))?.place).toMatchObject({
    on: "space",
    frameOfReferenceUid: "1.2.3.9",
  });
});

test("an ellipse drawn from any side has its points in one order", () => {
  const annotation = annotationOf(example("EllipticalROI"), IMAGE);
  if (!annotation?.data.handles?.points) throw new Error("Nothing was drawn.");
  const [lower, upper, left, right] = annotation.data.handles.points as [number, number, number][];
  for (const turned of [
    [upper, lower, right, left],
    [left, right, lower, upper],
    [right, left, upper, lower],
  ]) {
    annotation.data.handles.points = turned as [number, number, number][];
    expect(measurementOf(annotation, IMAGE, example("EllipticalROI"))?.place).toEqual(example("EllipticalROI").place);
  }
});

test("length follows from the geometry where nobody has computed it: oblong, oblique pixels", () => {
  const annotation = annotationOf(example("Length", { quantities: [] }), IMAGE);
  if (!annotation) throw new Error("Nothing was drawn.");
  const [quantity] = measurementOf(annotation, IMAGE, example("Length"))?.quantities ?? [];
  const expected = Math.hypot((50.3 - 10.1) * 0.7, (60.7 - 20.2) * 1.3);
  expect(quantity?.value).toBeCloseTo(expected, 4);
  expect(quantity?.unit.value).toBe("mm");
});

test("a tracking UID is made from the UUID of what was drawn", () => {
  // PS3.5 annex B.2 gives this example.
  expect(trackingUidOf("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")).toBe("2.25.329800735698586629295641978511506172918");
  expect(trackingUidOf("2.25.77")).toBe("2.25.77");
});

test("a length is that of its points, also while the tool has not computed it yet", () => {
  const annotation = annotationOf(example("Length"), IMAGE);
  const stats = Object.values(annotation?.data.cachedStats ?? {})[0] as { length: number; unit: string };
  if (!annotation || !stats) throw new Error("Nothing was drawn.");
  stats.length /= 2;
  const [a, b] = annotation.data.handles?.points ?? [];
  if (!a || !b) throw new Error("A length has two ends.");
  const back = measurementOf(annotation, IMAGE, example("Length"));
  expect(back?.quantities[0]?.value).toBeCloseTo(Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]), 3);
  // A calibration that is not the patient's own millimetres stands.
  stats.unit = "cm US Region";
  expect(measurementOf(annotation, IMAGE, example("Length"))?.quantities[0]?.value).toBe(stats.length);
});
