import { expect, test } from "vitest";
import { RADIUS_MM, type Slice, suvPeak } from "../../src/measurements/suv-peak";
import { example } from "./examples";

const SPACING_MM = 2;
const N = 41;
const CENTER = 20;

/** A stack whose values follow from the distance to the middle voxel, mm. */
function stack(valueAt: (x_mm: number, y_mm: number, z_mm: number) => number): Slice[] {
  return Array.from({ length: N }, (_, z) => ({
    geometry: {
      alongRow: [1, 0, 0] as const,
      alongColumn: [0, 1, 0] as const,
      position_mm: [0, 0, z * SPACING_MM] as const,
      columnSpacing_mm: SPACING_MM,
      rowSpacing_mm: SPACING_MM,
    },
    rows: N,
    columns: N,
    values: Array.from({ length: N * N }, (_, at) =>
      valueAt(((at % N) - CENTER) * SPACING_MM, (Math.floor(at / N) - CENTER) * SPACING_MM, (z - CENTER) * SPACING_MM),
    ),
  }));
}

function square(from: number, to: number) {
  const base = example("RectangleROI");
  if (base.place.on !== "image") throw new Error("The example lies on an image.");
  const points_px = [
    [from, from],
    [to, from],
    [from, to],
    [to, to],
  ] as const;
  return { ...base, place: { ...base.place, points_px } };
}

test("the sphere holds one cubic centimetre", () => {
  expect((4 / 3) * Math.PI * RADIUS_MM ** 3).toBeCloseTo(1000, 9);
});

test("in a uniform body the peak is its value", () => {
  const slices = stack(() => 3.5);
  expect(suvPeak(square(18, 23), slices[CENTER] as Slice, slices)).toBeCloseTo(3.5, 12);
});

test("a ramp peaks at the edge of the region, at its own value: a sphere is even to both sides", () => {
  const slices = stack((x) => 100 + x);
  // Pixels 18 to 22 are inside; the last one is 2 columns, 4 mm, right of the middle.
  expect(suvPeak(square(18, 23), slices[CENTER] as Slice, slices)).toBeCloseTo(104, 9);
});

test("one hot voxel counts as its share of the sphere, in three dimensions", () => {
  const slices = stack((x, y, z) => (x === 0 && y === 0 && z === SPACING_MM ? 1 : 0));
  let n = 0;
  for (let x = -4; x <= 4; x += 1)
    for (let y = -4; y <= 4; y += 1)
      for (let z = -4; z <= 4; z += 1) if (Math.hypot(x, y, z) * SPACING_MM <= RADIUS_MM) n += 1;
  expect(suvPeak(square(18, 23), slices[CENTER] as Slice, slices)).toBeCloseTo(1 / n, 12);
});

test("where every sphere leaves the image there is no peak", () => {
  const slices = stack(() => 1);
  expect(suvPeak(square(0, 2), slices[CENTER] as Slice, slices)).toBeUndefined();
});
