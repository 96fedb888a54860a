import { expect, test } from "vitest";
import { nextToFetch, reachOf } from "../../src/viewport/prefetch-order";

/** Return the order in which all images but the current one are fetched. */
function order(nImages: number, current: number, direction: -1 | 0 | 1, reach?: number): number[] {
  const missing = new Set(Array.from({ length: nImages }, (_, index) => index).filter((index) => index !== current));
  const found: number[] = [];
  for (;;) {
    const next = nextToFetch((index) => missing.has(index), nImages, current, direction, reach);
    if (next === undefined) return found;
    missing.delete(next);
    found.push(next);
  }
}

test("before anybody has moved, both sides come in turn", () => {
  expect(order(7, 3, 0)).toEqual([2, 4, 1, 5, 0, 6]);
});

test("three images ahead come before one behind", () => {
  expect(order(10, 4, 1)).toEqual([5, 6, 3, 7, 8, 9, 2, 1, 0]);
  expect(order(10, 5, -1)).toEqual([4, 3, 2, 6, 1, 0, 7, 8, 9]);
});

test("what is out of reach is left alone", () => {
  expect(order(100, 50, 0, 2).sort()).toEqual([48, 49, 51, 52]);
});

test("reach follows memory", () => {
  expect(reachOf(512 * 1024, 1024 ** 3)).toBe(512);
  expect(reachOf(100 * 1024 ** 2, 1024 ** 3)).toBe(8);
});
