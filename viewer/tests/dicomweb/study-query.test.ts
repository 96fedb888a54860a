import { expect, test } from "vitest";
import { isNarrowed, NO_SEARCH, studyQuery } from "../../src/dicomweb/study-query";

function parsed(search: Partial<typeof NO_SEARCH>, offset = 0): URLSearchParams {
  return new URLSearchParams(studyQuery({ ...NO_SEARCH, ...search }, 50, offset));
}

test("what is typed is found anywhere in the name", () => {
  expect(parsed({ name: " doe " }).get("PatientName")).toBe("*doe*");
});

test("a name as it is shown is found as it is kept", () => {
  expect(parsed({ name: "Doe, John" }).get("PatientName")).toBe("*Doe^John*");
});

test("wildcards of the reader are kept", () => {
  expect(parsed({ patientId: "A?7*" }).get("PatientID")).toBe("A?7*");
});

test("modality and dates are exact", () => {
  const query = parsed({ modality: "ct", from: "2026-01-01" });
  expect(query.get("ModalitiesInStudy")).toBe("CT");
  expect(query.get("StudyDate")).toBe("20260101-");
});

test("empty fields limit nothing", () => {
  const query = parsed({});
  expect([...query.keys()].filter((key) => key !== "includefield")).toEqual(["limit"]);
  expect(isNarrowed(NO_SEARCH)).toBe(false);
  expect(isNarrowed({ ...NO_SEARCH, description: "x" })).toBe(true);
});

test("later pages carry their offset", () => {
  expect(parsed({}, 100).get("offset")).toBe("100");
});

test("signs with a meaning in addresses do not leak", () => {
  expect(parsed({ name: "a&b=c#d" }).get("PatientName")).toBe("*a&b=c#d*");
});
