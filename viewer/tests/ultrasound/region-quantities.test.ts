import { expect, test } from "vitest";
import type { ImagePoint, Quantity } from "../../src/measurements/measurement";
import { quantityText } from "../../src/measurements/quantity-text";
import { regionQuantities } from "../../src/ultrasound/region-quantities";
import type { Region } from "../../src/ultrasound/regions";

const region = (y0: number, unit: string, perPixel: number, referencePixel: number): Region => ({
  x0: 0,
  y0,
  x1: 999,
  y1: y0 + 199,
  isBehind: false,
  across: { unit: "s", perPixel: 0.001, referencePixel: 0, referenceValue: 0 },
  down: { unit, perPixel, referencePixel, referenceValue: 0 },
});
/** 1 ms a column; a motion of 0.5 mm a row above a spectrum of 2 cm/s a row, its baseline at row 300, up is positive. */
const REGIONS = [region(0, "cm", 0.05, 0), region(200, "cm/s", -2, 300)];

const values = (quantities: readonly Quantity[]) =>
  Object.fromEntries(quantities.map(({ concept, value }) => [concept.meaning, value]));
/** Corner coordinates of a moment of the spectrum. */
const at = (ms: number, velocity: number): ImagePoint => [ms + 0.5, 300 - velocity / 2 + 0.5];

test("a line in a motion gives depth, time and slope", () => {
  const drawn = regionQuantities("Length", REGIONS, [
    [100.5, 20.5],
    [300.5, 60.5],
  ]);
  expect(values(drawn)).toEqual({ Length: 20, Interval: expect.closeTo(200, 6), Slope: expect.closeTo(10, 6) });
});

test("a point in a spectrum gives velocity and Bernoulli's gradient", () => {
  const drawn = values(regionQuantities("Probe", REGIONS, [at(50, -150)]));
  expect(drawn).toEqual({ "Peak Blood Velocity": expect.closeTo(150), "Peak Gradient": expect.closeTo(9) });
});

test("a line down to half the velocity gives deceleration time and pressure half-time", () => {
  const drawn = values(regionQuantities("Length", REGIONS, [at(300, 40), at(200, 80)]));
  expect(drawn["Deceleration Slope"]).toBeCloseTo(400);
  expect(drawn["Deceleration Time"]).toBeCloseTo(200);
  expect(drawn["Pressure Half-Time"]).toBeCloseTo(200 * 0.29289, 2);
  expect(drawn["Peak Blood Velocity"]).toBeCloseTo(80);
});

test("a line up gives an acceleration, and one without time no slope", () => {
  expect(values(regionQuantities("Length", REGIONS, [at(0, 0), at(100, 100)]))).toMatchObject({
    "Acceleration Slope": expect.closeTo(1000),
  });
  const upright = values(regionQuantities("Length", REGIONS, [at(10, 0), at(10, 100)]));
  expect(Object.keys(upright)).toEqual(["Interval", "Peak Blood Velocity", "Peak Gradient"]);
});

test.each([1, -1])("a traced half wave gives its integral and mean gradient, on side %d of the baseline", (side) => {
  const n = 300;
  const wave = Array.from({ length: n + 1 }, (_, k) => at(100 + k, side * 120 * Math.sin((Math.PI * k) / n)));
  const drawn = values(regionQuantities("PlanarFreehandROI", REGIONS, wave));
  expect(drawn["Velocity Time Integral"]).toBeCloseTo((2 * 120 * 0.3) / Math.PI, 2);
  expect(drawn["Mean Gradient"]).toBeCloseTo(2 * 1.2 ** 2, 3);
  expect(drawn["Peak Gradient"]).toBeCloseTo(4 * 1.2 ** 2, 3);
  expect(drawn["Time averaged mean velocity"]).toBeCloseTo(240 / Math.PI, 1);
  expect(drawn.Interval).toBeCloseTo(300);
});

test("what lies in two regions, in tissue or outside means nothing here", () => {
  expect(regionQuantities("Length", REGIONS, [[10, 190], at(20, 0)])).toEqual([]);
  expect(regionQuantities("Probe", REGIONS, [[10, 50]])).toEqual([]);
  expect(regionQuantities("Probe", REGIONS, [[10, 500]])).toEqual([]);
  expect(regionQuantities("Angle", REGIONS, [at(0, 0), at(1, 1), at(2, 2)])).toEqual([]);
});

test("people read them in their units", () => {
  const [velocity, gradient] = regionQuantities("Probe", REGIONS, [at(50, 150)]);
  expect(velocity && quantityText(velocity)).toBe("150 cm/s");
  expect(gradient && quantityText(gradient)).toBe("9 mmHg");
});
