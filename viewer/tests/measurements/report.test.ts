import { expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { KINDS, type Measurement } from "../../src/measurements/measurement";
import { currentReports, mergedMeasurements, type Report, readReport } from "../../src/measurements/read-report";
import { placedOn } from "../../src/measurements/study-images";
import {
  COMPREHENSIVE_3D_SR,
  COMPREHENSIVE_SR,
  type ReportContext,
  reportOf,
} from "../../src/measurements/write-report";
import { example, IMAGE, imageDataset } from "./examples";

const CONTEXT: ReportContext = {
  sopInstanceUid: "2.25.1",
  seriesUid: "2.25.2",
  instanceNumber: 3,
  image: imageDataset(),
  studyUid: "1.2.3",
  predecessors: [{ seriesUid: "2.25.2", sopClassUid: COMPREHENSIVE_SR, sopInstanceUid: "2.25.0" }],
  observer: "Reader^Anna",
  moment: new Date(2026, 0, 2, 10, 11, 12, 345),
};

/** As an archive would give it back: through text, numbers in single precision where the VR is FL. */
function archived(dataset: Dataset): Dataset {
  return JSON.parse(JSON.stringify(dataset), (_, value) =>
    value?.vr === "FL" ? { ...value, Value: value.Value.map(Math.fround) } : value,
  );
}

function readBack(measurements: readonly Measurement[]): Report {
  const report = readReport(archived(reportOf(measurements, CONTEXT)));
  if (!report) throw new Error("The report was not recognised.");
  return report;
}

function placed(one: Measurement): Measurement {
  return one.place.on === "image" ? { ...one, place: placedOn(IMAGE, one.place) } : one;
}

test.each(KINDS)("%s comes back from its report exactly", (kind) => {
  const measurement = example(kind);
  expect(readBack([measurement]).measurements.map(placed)).toEqual([measurement]);
});

test.each(KINDS)("%s that lies in space comes back exactly", (kind) => {
  const { place } = example(kind);
  if (place.on !== "image") throw new Error("The example lies on an image.");
  const points_mm = (place.points_mm ?? []).map(([x, y, z]) => [x, y, z].map(Math.fround) as [number, number, number]);
  const inSpace = example(kind, { place: { on: "space", frameOfReferenceUid: "1.2.3.9", points_mm } });
  const dataset = reportOf([inSpace], CONTEXT);
  expect(dataset["00080016"]?.Value).toEqual([COMPREHENSIVE_3D_SR]);
  const [back] = readReport(archived(dataset))?.measurements ?? [];
  if (kind !== "EllipticalROI" && kind !== "RectangleROI") expect(back).toEqual(inSpace);
  expect(back?.kind).toBe(kind);
});

test("an open contour stays open", () => {
  const open = example("PlanarFreehandROI", { isClosed: false });
  expect(readBack([open]).measurements.map(placed)).toEqual([open]);
});

test("the report says what it replaces, and only the newest one counts", () => {
  const second = readBack([example("Length")]);
  expect(second.predecessors).toEqual(["2.25.0"]);
  const first = { ...second, reference: { ...second.reference, sopInstanceUid: "2.25.0" }, predecessors: [] };
  expect(currentReports([first, second])).toEqual([second]);
  expect(currentReports([second, first])).toEqual([second]);
});

test("two reports that replace the same one both count, and a finding in both is the later one", () => {
  const report = readBack([example("Length"), example("Angle")]);
  const later = example("Length", { label: "later", observedAt: "20260102111112.345+0100" });
  const other = { ...report, contentMoment: "2", reference: { ...report.reference, sopInstanceUid: "2.25.8" } };
  const merged = mergedMeasurements(currentReports([report, { ...other, measurements: [later] }]));
  expect(merged.map(({ label }) => label)).toEqual(["later", example("Angle").label]);
});

test("a report without measurements is one, and says that the earlier ones are gone", () => {
  expect(readBack([]).measurements).toEqual([]);
  expect(readBack([]).predecessors).toEqual(["2.25.0"]);
});

test("patient and study are those of the image, and what it does not say is empty", () => {
  const dataset = reportOf([example("Length")], CONTEXT);
  expect(dataset["00100010"]).toEqual({ vr: "PN", Value: [{ Alphabetic: "Doe^Jane" }] });
  expect(dataset["00100030"]).toEqual({ vr: "DA" });
});

test("points of a multi-frame image name their frame", () => {
  const measurement = example("Length");
  if (measurement.place.on !== "image") throw new Error("The example lies on an image.");
  const image = { ...measurement.place.image, frame: 5, isMultiFrame: true };
  const [back] = readBack([{ ...measurement, place: { ...measurement.place, image } }]).measurements;
  expect(back?.place.on === "image" && back.place.image).toEqual(image);
});

test("what someone else's software wrote is foreign", () => {
  const dataset = { ...reportOf([example("Length")], CONTEXT), "00080070": { vr: "LO", Value: ["Other"] } };
  expect(readReport(dataset)?.measurements.map(({ isForeign }) => isForeign)).toEqual([true]);
});

test("a document of another kind is no measurement report", () => {
  expect(readReport({ "0040A040": { vr: "CS", Value: ["CONTAINER"] } })).toBeUndefined();
});
