import { expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { placeText, regionsOf, tissueSpacing_mm } from "../../src/ultrasound/regions";

const region = (
  box: number[],
  units: number[],
  deltas: number[],
  reference: number[] = [0, 0],
  flags = 0,
): Dataset => ({
  "00186018": { Value: [box[0]] },
  "0018601A": { Value: [box[1]] },
  "0018601C": { Value: [box[2]] },
  "0018601E": { Value: [box[3]] },
  "00186024": { Value: [units[0]] },
  "00186026": { Value: [units[1]] },
  "0018602C": { Value: [deltas[0]] },
  "0018602E": { Value: [deltas[1]] },
  "00186020": { Value: [reference[0]] },
  "00186022": { Value: [reference[1]] },
  "00186016": { Value: [flags] },
});

const PICTURE: Dataset = {
  "00186011": {
    Value: [
      region([100, 50, 499, 349], [3, 3], [0.04, 0.05]), // tissue, cm by cm
      region([100, 400, 499, 599], [4, 7], [0.01, -1.5], [0, 120]), // spectrum: s by cm/s, baseline at row 520
      region([400, 300, 499, 349], [3, 3], [0.1, 0.1], [0, 0], 1), // behind the tissue
    ],
  },
};
const REGIONS = regionsOf(PICTURE);

test("depth in tissue counts from the region's first row", () => {
  expect(placeText(REGIONS, 150, 90)).toBe("2.00 cm  2.00 cm");
});

test("velocity counts from the baseline, upwards", () => {
  expect(placeText(REGIONS, 200, 480)).toBe("1.00 s  60.00 cm/s");
  expect(placeText(REGIONS, 100, 540)).toBe("0.00 s  -30.00 cm/s");
});

test("where regions overlap, the one in front counts", () => {
  expect(placeText(REGIONS, 450, 310)).toBe("14.00 cm  13.00 cm");
});

test("outside of all regions there is no place", () => {
  expect(placeText(REGIONS, 10, 10)).toBe("");
  expect(placeText(regionsOf({}), 10, 10)).toBe("");
});

test("spacing comes from the tissue, in mm", () => {
  const spacing = tissueSpacing_mm(REGIONS);
  expect(spacing?.column).toBeCloseTo(0.4, 12);
  expect(spacing?.row).toBeCloseTo(0.5, 12);
  expect(tissueSpacing_mm(REGIONS.slice(1, 2))).toBeUndefined();
});
