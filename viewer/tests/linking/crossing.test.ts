import { expect, test } from "vitest";
import { crossing } from "../../src/linking/crossing";
import { imageStep_mm, nearestImage, offsetImage } from "../../src/linking/nearest";
import type { Vector } from "../../src/overlays/vectors";

const SQUARE: Vector[] = [
  [0, 0, 5],
  [10, 0, 5],
  [10, 10, 5],
  [0, 10, 5],
];

test("a sagittal plane crosses an axial picture from front to back", () => {
  expect(crossing(SQUARE, [4, 99, 99], [1, 0, 0])).toEqual([
    [4, 0, 5],
    [4, 10, 5],
  ]);
});

test("an oblique plane through one corner cuts the opposite edge", () => {
  // x = y / 2: from the corner at the origin to the middle of the far edge.
  const ends = crossing(SQUARE, [0, 0, 0], [2 / Math.sqrt(5), -1 / Math.sqrt(5), 0]);
  expect(ends).toHaveLength(2);
  expect(ends?.[0]).toEqual([0, 0, 5]);
  expect(ends?.[1]?.map((x) => Number(x.toFixed(9)))).toEqual([5, 10, 5]);
});

test("no line where the plane passes beside the picture or lies in it", () => {
  expect(crossing(SQUARE, [11, 0, 0], [1, 0, 0])).toBeUndefined();
  expect(crossing(SQUARE, [0, 0, 5], [0, 0, 1])).toBeUndefined();
});

const places = [0, 3, 6, 9].map((z) => ({ position_mm: [7, 7, z] as Vector, normal: [0, 0, 1] as Vector }));

test("the nearest image by geometry", () => {
  expect(nearestImage(places, [-50, 80, 5])).toBe(2);
  expect(nearestImage([undefined, places[0]], [0, 0, 100])).toBe(1);
  expect(nearestImage([undefined], [0, 0, 0])).toBeUndefined();
});

test("the step between images", () => {
  expect(imageStep_mm(places)).toBe(3);
  expect(imageStep_mm(places.slice(0, 1))).toBeUndefined();
});

test("stacks without a common space keep the distance they had, in millimetres", () => {
  const source = { index: 10, nImages: 50, step_mm: 2 };
  expect(offsetImage({ index: 4, nImages: 20, step_mm: 4 }, source, 16)).toBe(7);
  expect(offsetImage({ index: 4, nImages: 20, step_mm: undefined }, source, 16)).toBe(10);
  expect(offsetImage({ index: 4, nImages: 20, step_mm: 4 }, source, 49)).toBe(19);
  expect(offsetImage({ index: 4, nImages: 20, step_mm: 4 }, source, 0)).toBe(0);
});
