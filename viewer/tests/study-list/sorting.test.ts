import { expect, test } from "vitest";
import type { Study } from "../../src/dicomweb/studies";
import { NEWEST_FIRST, nextSorting, sortStudies } from "../../src/study-list/sorting";

function study(uid: string, change: Partial<Study>): Study {
  const empty = { patientName: "", patientId: "", birthDate: "", sex: "", date: "", time: "", description: "" };
  return { uid, ...empty, modalities: "", accessionNumber: "", nSeries: undefined, nInstances: undefined, ...change };
}

const uids = (studies: Study[]) => studies.map(({ uid }) => uid);

test("the newest study comes first, to the minute", () => {
  const studies = [study("old", { date: "20250101" }), study("noon", { date: "20260101", time: "1200" })];
  studies.push(study("night", { date: "20260101", time: "2300" }));
  expect(uids(sortStudies(studies, NEWEST_FIRST))).toEqual(["night", "noon", "old"]);
});

test("names are in the order of an address book, numbers in them by size", () => {
  const studies = ["Zoe", "ärmel^B", "Case 10", "case 9"].map((patientName) => study(patientName, { patientName }));
  const sorted = sortStudies(studies, { column: "patientName", isDescending: false });
  expect(uids(sorted)).toEqual(["ärmel^B", "case 9", "Case 10", "Zoe"]);
});

test("unknown counts come last when the largest comes first", () => {
  const studies = [study("unknown", {}), study("few", { nInstances: 2 }), study("many", { nInstances: 10 })];
  expect(uids(sortStudies(studies, { column: "nInstances", isDescending: true }))).toEqual(["many", "few", "unknown"]);
});

test("a second click turns the order around", () => {
  const once = nextSorting(NEWEST_FIRST, "patientName");
  expect(once).toEqual({ column: "patientName", isDescending: false });
  expect(nextSorting(once, "patientName").isDescending).toBe(true);
});
