import { expect, test } from "vitest";
import { allText, type Dataset, items, number, numbers, text } from "../../src/dicomweb/json-model";

const DATASET: Dataset = {
  "00100010": { vr: "PN", Value: [{ Alphabetic: "Yamada^Tarou", Ideographic: "山田^太郎" }] },
  "00280030": { vr: "DS", Value: ["0.5", 0.25] },
  "00281050": { vr: "DS", Value: [40, "wide"] },
  "00280002": { vr: "US" },
  "00180050": { vr: "DS", Value: [null] },
  "00181020": { vr: "LO", Value: ["v1", "v2"] },
  "00409096": { vr: "SQ", Value: [{ "00409225": { vr: "FD", Value: [2] } }, null] },
};

test("a person's name gives its alphabetic group", () => {
  expect(text(DATASET, "PatientName")).toBe("Yamada^Tarou");
});

test("decimal strings come as numbers or as text", () => {
  expect(numbers(DATASET, "PixelSpacing")).toEqual([0.5, 0.25]);
});

test("one value that is no number makes the attribute unusable", () => {
  expect(numbers(DATASET, "WindowCenter")).toEqual([]);
});

test("an empty value is not zero", () => {
  expect(number(DATASET, "SliceThickness")).toBeUndefined();
  expect(number(DATASET, "SamplesPerPixel")).toBeUndefined();
});

test("several values are joined", () => {
  expect(allText(DATASET, "SoftwareVersions", ", ")).toBe("v1, v2");
});

test("items that are not there are left out", () => {
  expect(items(DATASET, "RealWorldValueMappingSequence")).toHaveLength(1);
  expect(items(undefined, "RealWorldValueMappingSequence")).toEqual([]);
});
