import { expect, test } from "vitest";
import { enlarged } from "../../src/progressive/enlarge";

test("a ramp stays the ramp it was, where it was", () => {
  // Of pixels 0 to 8 those of even place are kept, twice: 0, 4, 8.
  const coarse = Int16Array.from([0, 4, 8, 40, 44, 48]);
  const whole = enlarged(coarse, 3, 9, 5, 2);
  expect(whole).toBeInstanceOf(Int16Array);
  expect([...whole.slice(0, 9)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...whole].filter((_, index) => index % 9 === 0)).toEqual([0, 10, 20, 30, 40]);
});

test("beyond the last coarse pixel its value goes on", () => {
  expect([...enlarged(Float32Array.from([1, 2]), 2, 4, 1, 1)]).toEqual([1, 1.5, 2, 2]);
});
