import { expect, test } from "vitest";
import { scrollTopShowing, visibleRows } from "../../src/study-list/visible-rows";

test("of ten thousand rows only those in sight are drawn", () => {
  expect(visibleRows(10000, 40, 4000, 400, 0)).toEqual({ first: 100, end: 110 });
});

test("rows half in sight are drawn", () => {
  expect(visibleRows(100, 40, 50, 100, 0)).toEqual({ first: 1, end: 4 });
});

test("the range stays inside the list", () => {
  expect(visibleRows(5, 40, 0, 400)).toEqual({ first: 0, end: 5 });
  expect(visibleRows(0, 40, 800, 400)).toEqual({ first: 0, end: 0 });
  expect(visibleRows(3, 40, 8000, 400)).toEqual({ first: 3, end: 3 });
});

test("scrolling moves no further than needed", () => {
  expect(scrollTopShowing(5, 40, 0, 400)).toBe(0);
  expect(scrollTopShowing(10, 40, 0, 400)).toBe(40);
  expect(scrollTopShowing(2, 40, 200, 400)).toBe(80);
});
