import { afterEach, expect, test, vi } from "vitest";
import { beginAhead, takeAhead } from "../../src/http/ahead";

afterEach(() => vi.useRealTimers());

test("an answer begun ahead is taken once, and asked for after that", async () => {
  const ask = vi.fn(async () => "asked");
  beginAhead("one", async () => "ahead");
  expect(await takeAhead("one", ask)).toBe("ahead");
  expect(ask).not.toHaveBeenCalled();
  expect(await takeAhead("one", ask)).toBe("asked");
});

test("a failure ahead of time is not handed on", async () => {
  await beginAhead("two", () => Promise.reject(new Error("nobody is signed in"))).catch(() => {});
  expect(await takeAhead("two", async () => "asked")).toBe("asked");
});

test("an answer to an earlier visit is not used", async () => {
  vi.useFakeTimers();
  beginAhead("three", async () => "ahead");
  vi.advanceTimersByTime(31_000);
  expect(await takeAhead("three", async () => "asked")).toBe("asked");
});
