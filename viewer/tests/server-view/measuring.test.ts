import { expect, test } from "vitest";
import type { PatientPoint } from "../../src/measurements/measurement";
import { geometryOf, isComplete, onPicture, pointsOf, rasterOf, valuesInside } from "../../src/server-view/measuring";
import { rangeOfShares } from "../../src/tools/share-range";

/** A coronal picture of oblong pixels, 20 mm behind the origin. */
const PICTURE = {
  address: "",
  origin: [10, 20, 30],
  row: [1, 0, 0],
  column: [0, 0, -1],
  spacing_mm: [2, 0.5],
  size: [100, 50],
} as const;

test("an ellipse is drawn from its middle; its long axis comes first", () => {
  const points = pointsOf(
    "EllipticalROI",
    [
      [20, 20, 10],
      [23, 20, 5],
    ],
    PICTURE,
  );
  expect(points[0]).toEqual([20, 20, 5]);
  expect(points[1]).toEqual([20, 20, 15]);
  const [area] = geometryOf({ tool: "EllipticalROI", points_mm: points, frameOfReferenceUid: "1" });
  expect(area?.value).toBeCloseTo(Math.PI * 3 * 5);
});

test("a length between slices is the straight one, an angle that at its vertex", () => {
  expect(
    isComplete("Angle", [
      [0, 0, 0],
      [1, 0, 0],
    ]),
  ).toBe(false);
  const length = geometryOf({
    tool: "Length",
    points_mm: [
      [0, 0, 0],
      [2, 3, 6],
    ],
    frameOfReferenceUid: "1",
  });
  expect(length[0]?.value).toBeCloseTo(7);
  const corner: PatientPoint[] = [
    [0, 5, 0],
    [0, 0, 0],
    [0, 0, 2],
  ];
  expect(geometryOf({ tool: "Angle", points_mm: corner, frameOfReferenceUid: "1" })[0]?.value).toBeCloseTo(90);
});

test("values are counted inside of the ellipse only", () => {
  const points = pointsOf(
    "EllipticalROI",
    [
      [0, 0, 0],
      [4, 0, 4],
    ],
    PICTURE,
  );
  const raster = rasterOf(points, 1);
  expect(raster?.size).toEqual([8, 8]);
  if (!raster) return;
  const samples = Float32Array.from({ length: 64 }, (_, at) =>
    raster.isInside(at % 8, Math.floor(at / 8)) ? 7 : Number.POSITIVE_INFINITY,
  );
  const unit = { code: "[hnsf'U]", meaning: "Hounsfield unit", symbol: "HU" };
  const found = valuesInside(samples, raster, { unit, modality: "CT" });
  expect(found.map(({ value }) => value)).toEqual([7, 0, 7, 7]);
});

test("a measurement falls where it lies; what lies elsewhere is not shown, but lengths through space are", () => {
  const points_mm: PatientPoint[] = [
    [15, 20, 26],
    [12, 20, 30],
  ];
  const place = { on: "space", frameOfReferenceUid: "1", points_mm } as const;
  const found = onPicture({ kind: "Length", place, isClosed: false }, PICTURE, "1", 1);
  expect(found?.points).toEqual([
    [10, 2],
    [4, 0],
  ]);
  expect(found?.isWhole).toBe(true);
  const away = { ...place, points_mm: [...points_mm, [0, 25, 0]] as PatientPoint[] };
  expect(onPicture({ kind: "Length", place: away, isClosed: false }, PICTURE, "1", 1)?.isWhole).toBe(false);
  expect(onPicture({ kind: "Angle", place: away, isClosed: false }, PICTURE, "1", 1)).toBeUndefined();
  expect(onPicture({ kind: "Length", place, isClosed: false }, PICTURE, "2", 1)).toBeUndefined();
});

test("a window from the picture leaves out its darkest and brightest pixels", () => {
  const values = Float32Array.from({ length: 1000 }, (_, at) => (at === 999 ? 1e6 : at));
  expect(rangeOfShares(values, [0.01, 0.99])).toEqual({ lower: 10, upper: 990 });
  expect(rangeOfShares([3, 3, 3], [0.01, 0.99])).toBeUndefined();
});
