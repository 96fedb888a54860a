import { expect, test } from "vitest";
import { bytesPerSecond } from "../../src/progressive/link-speed";

const transfer = (n_bytes: number, time_ms: number) => ({ n_bytes, time_ms });

test("nothing is known of a line over which only little has come", () => {
  expect(bytesPerSecond([])).toBeUndefined();
  expect(bytesPerSecond([transfer(14_000, 0)])).toBeUndefined();
});

test("the best of the last transfers is the rate of the line", () => {
  const shared = transfer(500_000, 2000);
  const alone = transfer(500_000, 500);
  expect(bytesPerSecond([shared, alone, shared])).toBe(1_000_000);
});

test("a line that has become slow is known after some transfers", () => {
  const slow = Array.from({ length: 6 }, () => transfer(100_000, 1000));
  expect(bytesPerSecond([transfer(1_000_000, 10), ...slow])).toBe(100_000);
});
