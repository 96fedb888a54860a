import { expect, test } from "vitest";
import { displayFunction, shadeOf } from "../../src/presentation/display-function";

const SAME = { slope: 1, intercept: 0 };

test("a linear window has the edges of the standard", () => {
  const voi = { kind: "window", center: 2048, width: 4096, function: "LINEAR" } as const;
  // PS3.3 sec. C.11.2.1.2.1: x <= c - 0.5 - (w-1)/2 is black.
  expect(displayFunction(undefined, voi, SAME)).toEqual({ kind: "range", lower: 0, upper: 4095 });
});

test("an exact window is as wide as it says", () => {
  const voi = { kind: "window", center: 0.5, width: 1, function: "LINEAR_EXACT" } as const;
  expect(displayFunction(undefined, voi, SAME)).toEqual({ kind: "range", lower: 0, upper: 1 });
});

test("a sigmoid has half its shade at the centre", () => {
  const voi = { kind: "window", center: 40, width: 100, function: "SIGMOID" } as const;
  expect(shadeOf(voi, 40)).toBe(0.5);
  expect(shadeOf(voi, 65)).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
});

test("a rescale of the state stands in the place of the image's", () => {
  const voi = { kind: "window", center: 50.5, width: 101, function: "LINEAR" } as const;
  // Stored 0 is -1000 for the image and -500 for the state, with twice the slope.
  const given = displayFunction({ kind: "rescale", slope: 2, intercept: -500 }, voi, { slope: 1, intercept: -1000 });
  expect(given).toEqual({ kind: "range", lower: -750, upper: -700 });
});

test("a table gives its shades at its inputs", () => {
  const table = { firstInput: 10, nBits: 8, entries: [0, 255, 51] };
  expect(displayFunction(undefined, { kind: "table", table }, SAME)).toEqual({
    kind: "points",
    points: [
      [10, 0],
      [11, 1],
      [12, 0.2],
    ],
  });
});

test("a modality table is looked up before the window", () => {
  const table = { firstInput: 0, nBits: 8, entries: [200, 100] };
  const voi = { kind: "window", center: 150.5, width: 101, function: "LINEAR" } as const;
  expect(displayFunction({ kind: "table", table }, voi, { slope: 1, intercept: -10 })).toEqual({
    kind: "points",
    points: [
      [-10, 1],
      [-9, 0],
    ],
  });
});
