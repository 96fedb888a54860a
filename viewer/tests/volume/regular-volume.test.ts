import { expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { framesOf } from "../../src/viewport/frames";
import { regularVolume } from "../../src/volume/regular-volume";

interface Slice {
  z_mm: number;
  shift_mm?: number;
  orientation?: number[];
  rows?: number;
  spacing?: number[];
  space?: string;
  samples?: number;
}

let n = 0;
function slice({
  z_mm,
  shift_mm = 0,
  orientation = [1, 0, 0, 0, 1, 0],
  rows = 4,
  spacing,
  space,
  samples,
}: Slice): Dataset {
  n += 1;
  return {
    "00080018": { Value: [`1.2.${n}`] },
    "00200013": { Value: [n] },
    "00200032": { Value: [10, 20 + shift_mm, z_mm] },
    "00200037": { Value: orientation },
    "00200052": { Value: [space ?? "1.9"] },
    "00280002": { Value: [samples ?? 1] },
    "00280010": { Value: [rows] },
    "00280011": { Value: [6] },
    "00280030": { Value: spacing ?? [0.5, 0.75] },
  };
}
const volumeOf = (slices: Slice[]) => regularVolume(framesOf(slices.map(slice)));
const EVEN = [0, 2.5, 5, 7.5].map((z_mm) => ({ z_mm }));

test("equal steps make a volume that starts at the lowest image", () => {
  expect(volumeOf([...EVEN].reverse())).toMatchObject({
    origin_mm: [10, 20, 0],
    normal: [0, 0, 1],
    spacing_mm: [0.75, 0.5, 2.5],
    dimensions: [6, 4, 4],
  });
});

test("steps that differ by rounding are equal", () => {
  expect(volumeOf([0, 3.33, 6.67, 10].map((z_mm) => ({ z_mm })))).not.toHaveProperty("reason");
});

test("a missing image is a gap, and it is said where and how wide", () => {
  // In the order of reading, from the head: 10, 5, 2.5, 0; the gap lies before the image at 10 mm.
  expect(volumeOf([0, 2.5, 5, 10].map((z_mm) => ({ z_mm })))).toEqual({
    reason: "gap",
    image: 1,
    found_mm: 5,
    expected_mm: 2.5,
  });
});

test("images at one place are several volumes", () => {
  expect(volumeOf([...EVEN, ...EVEN])).toMatchObject({ reason: "repeated", nTimes: 2 });
});

test("a gantry tilt shears the volume", () => {
  const tilted = EVEN.map(({ z_mm }) => ({ z_mm, shift_mm: z_mm * Math.tan(Math.PI / 12) }));
  expect(volumeOf(tilted)).toEqual({ reason: "tilt", found_deg: expect.closeTo(15, 6) });
});

test("mixed geometry is named with the image that differs", () => {
  expect(volumeOf([...EVEN, { z_mm: -2.5, rows: 8 }])).toEqual({
    reason: "raster",
    image: 5,
    found: "6 × 8",
    expected: "6 × 4",
  });
  expect(volumeOf([...EVEN, { z_mm: -2.5, orientation: [1, 0, 0, 0, 0, -1] }])).toMatchObject({
    reason: "orientation",
    image: 5,
  });
  expect(volumeOf([...EVEN, { z_mm: -2.5, spacing: [1, 1] }])).toMatchObject({ reason: "spacing", found: "1 × 1 mm" });
  expect(volumeOf([...EVEN, { z_mm: -2.5, space: "1.8" }])).toEqual({ reason: "space", image: 5 });
});

test("what has no place, no depth or colours is no volume", () => {
  expect(volumeOf(EVEN.slice(0, 2))).toMatchObject({ reason: "few", found: 2 });
  expect(volumeOf(EVEN.map((one) => ({ ...one, samples: 3 })))).toEqual({ reason: "colour" });
  const [first, ...rest] = EVEN.map(slice);
  expect(regularVolume(framesOf([{ ...first, "00200032": undefined } as Dataset, ...rest]))).toMatchObject({
    reason: "unplaced",
  });
});
