import { expect, test } from "vitest";
import { intendedRate_per_s, RateMeter } from "../../src/viewport/frame-rate";

test("frames every 40 ms are measured as 25 per second", () => {
  const meter = new RateMeter();
  for (let time_ms = 0; time_ms <= 2000; time_ms += 40) meter.count(time_ms);
  expect(meter.rate_per_s()).toBeCloseTo(25, 6);
});

test("only the last moments count", () => {
  const meter = new RateMeter(500);
  meter.count(0);
  for (let time_ms = 5000; time_ms <= 5400; time_ms += 100) meter.count(time_ms);
  expect(meter.rate_per_s()).toBeCloseTo(10, 6);
});

test("one frame has no rate", () => {
  const meter = new RateMeter();
  meter.count(3);
  expect(meter.rate_per_s()).toBeUndefined();
});

test("the rate for display goes before the time between frames", () => {
  const frameTime = { "00181063": { vr: "DS", Value: [50] } };
  expect(intendedRate_per_s(frameTime)).toBe(20);
  expect(intendedRate_per_s({ ...frameTime, "00082144": { vr: "IS", Value: ["12"] } })).toBe(12);
  expect(intendedRate_per_s({})).toBe(15);
  expect(intendedRate_per_s({ "00181063": { vr: "DS", Value: [0] } })).toBe(15);
});
