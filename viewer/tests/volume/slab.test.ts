import { expect, test } from "vitest";
import type { Slab } from "../../src/layout/layout";
import { nextSlab, pointsAcross, projected, resized } from "../../src/volume/slab";

test("the kinds of slab follow each other and keep their thickness", () => {
  let slab: Slab | undefined = { projection: "maximum", thickness_mm: 20 };
  const seen = Array.from({ length: 3 }, () => {
    slab = nextSlab(slab);
    return slab?.projection;
  });
  expect(seen).toEqual(["minimum", "average", undefined]);
  expect(nextSlab(undefined)).toEqual({ projection: "maximum", thickness_mm: 10 });
  expect(nextSlab({ projection: "maximum", thickness_mm: 20 })?.thickness_mm).toBe(20);
});

test("a slab grows and shrinks by steps and stops at the ends", () => {
  const of = (thickness_mm: number): Slab => ({ projection: "average", thickness_mm });
  expect(resized(of(10), 1).thickness_mm).toBe(15);
  expect(resized(of(10), -1).thickness_mm).toBe(8);
  expect(resized(of(12.5), 1).thickness_mm).toBe(15);
  expect(resized(of(80), 1).thickness_mm).toBe(80);
  expect(resized(of(2), -1).thickness_mm).toBe(2);
});

test("points lie across the whole slab, evenly, with the plane itself among them", () => {
  const points = pointsAcross([1, 2, 3], [0, 0, 1], 10, 2.5);
  expect(points.map(([, , z]) => z)).toEqual([-2, 0.5, 3, 5.5, 8]);
  expect(pointsAcross([0, 0, 0], [1, 0, 0], 0, 1)).toEqual([[0, 0, 0]]);
});

test("largest, smallest and mean", () => {
  expect(projected("maximum", [3, 9, 6])).toBe(9);
  expect(projected("minimum", [3, 9, 6])).toBe(3);
  expect(projected("average", [3, 9, 6])).toBe(6);
  expect(projected("average", [])).toBeNaN();
});
