import { expect, test } from "vitest";
import {
  isSamePlace,
  middleOf,
  pixelOf,
  pointOf,
  regionBetween,
  sliceBeside,
} from "../../src/reconstruct/bench-geometry";
import type { Result } from "../../src/reconstruct/reconstruct-api";

/** An image of a patient who lies feet first: columns to the right, slices towards the feet. */
function feetFirst(slices: number, thickness: number, firstZ: number): Result {
  return {
    quantity: "CT number",
    unit: "HU",
    shape: [slices, 50, 100],
    minimum: 0,
    maximum: 1,
    spacing_mm: [thickness, 2, 0.5],
    affine_mm: [
      [-0.5, 0, 0, 20],
      [0, 2, 0, -40],
      [0, 0, -thickness, firstZ],
      [0, 0, 0, 1],
    ],
    provenance: null,
  };
}

const THIN = feetFirst(20, 1, 30);

test("pixels and places in the patient go both ways", () => {
  expect(pointOf(THIN, { column: 10, row: 5 }, 3)).toEqual([15, -30, 27]);
  expect(pixelOf(THIN, [15, -30, 99])).toEqual({ column: 10, row: 5 });
  expect(middleOf(THIN)).toEqual([20 - 49.5 * 0.5, -40 + 24.5 * 2, 21]);
});

test("slices beside each other lie together, whatever their thickness", () => {
  const thick = feetFirst(4, 5, 28);
  expect([0, 4, 5, 19].map((slice) => sliceBeside(THIN, slice, thick))).toEqual([0, 0, 1, 3]);
  expect(sliceBeside(thick, 2, THIN)).toBe(12);
  expect(sliceBeside(THIN, 7, feetFirst(1, 5, 0))).toBe(0);
});

test("images of other voxels or units are not subtracted", () => {
  expect(isSamePlace(THIN, feetFirst(20, 1, 30))).toBe(true);
  expect(isSamePlace(THIN, feetFirst(20, 1, 31))).toBe(false);
  expect(isSamePlace(THIN, { ...THIN, unit: "/mm" })).toBe(false);
  expect(isSamePlace(THIN, { ...THIN, quantity: "noise" })).toBe(false);
});

test("a region is a square from where the pointer went down, to whichever side", () => {
  expect(regionBetween([0, 0, 5], [40, 10, 5])).toEqual({ fov_mm: 40, center_x_mm: 20, center_y_mm: 20 });
  expect(regionBetween([0, 0, 5], [-10, -30.04, 5])).toEqual({ fov_mm: 30, center_x_mm: -15, center_y_mm: -15 });
  expect(regionBetween([0, 0, 5], [0.4, 0, 5])).toBeUndefined();
});
