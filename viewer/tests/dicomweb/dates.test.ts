import { expect, test } from "vitest";
import { ageInYears, dateRange, formatDate, formatDateTime, formatTime } from "../../src/dicomweb/dates";

test("dates and times are shown in ISO order", () => {
  expect(formatDate("20261120")).toBe("2026-11-20");
  expect(formatDate("1993.08.22")).toBe("1993-08-22");
  expect(formatTime("070907.0705")).toBe("07:09");
  expect(formatDateTime("20261120140533.5+0100")).toBe("2026-11-20 14:05");
});

test("text that is no date stays", () => {
  expect(formatDate("unknown")).toBe("unknown");
  expect(formatTime("")).toBe("");
});

test("someone is a year older on the birthday and not the day before", () => {
  expect(ageInYears("19601121", "20261121")).toBe(66);
  expect(ageInYears("19601121", "20261120")).toBe(65);
});

test("there is no age without two dates in order", () => {
  expect(ageInYears("", "20261120")).toBeUndefined();
  expect(ageInYears("00000000", "20261120")).toBeUndefined();
  expect(formatDate("00000000")).toBe("");
  expect(ageInYears("20270101", "20261120")).toBeUndefined();
});

test("ranges are open where a date is missing", () => {
  expect(dateRange("2026-01-02", "2026-02-03")).toBe("20260102-20260203");
  expect(dateRange("2026-01-02", "")).toBe("20260102-");
  expect(dateRange("", "2026-02-03")).toBe("-20260203");
  expect(dateRange("2026-01-02", "2026-01-02")).toBe("20260102");
  expect(dateRange("", "")).toBe("");
});
