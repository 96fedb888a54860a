import { expect, test } from "vitest";
import { mayPass, waitBeforeRetry_s } from "../../src/viewport/backoff";

test("waits double and stop growing", () => {
  expect([1, 2, 3, 4, 5, 6, 40].map(waitBeforeRetry_s)).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

test("no answer and a server that is away may pass, a damaged or forbidden object does not", () => {
  expect([0, 429, 502, 503, 504].every(mayPass)).toBe(true);
  expect([401, 403, 404, 406, 422, 500].some(mayPass)).toBe(false);
});
