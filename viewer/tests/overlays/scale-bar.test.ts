import { expect, test } from "vitest";
import { lengthText, scaleBarLength } from "../../src/overlays/scale-bar";

test("the bar is the longest round length that fits", () => {
  expect(scaleBarLength(0.5, 160)).toEqual({ length_mm: 50, length_px: 100 });
  expect(scaleBarLength(0.7, 160)).toEqual({ length_mm: 100, length_px: 100 / 0.7 });
});

test("a length that fits exactly is used", () => {
  expect(scaleBarLength(1, 100)?.length_mm).toBe(100);
});

test("without a scale there is no bar", () => {
  expect(scaleBarLength(0, 160)).toBeUndefined();
  expect(scaleBarLength(Number.NaN, 160)).toBeUndefined();
});

test("lengths are shown in units for their size", () => {
  expect([100, 5, 0.2].map(lengthText)).toEqual(["10 cm", "5 mm", "200 µm"]);
});
