import { expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { suvFactor } from "../../src/overlays/suv";

const HALF_LIFE_S = 6588; // fluorine-18

function pet(change: Dataset = {}, drug: Dataset = {}): Dataset {
  return {
    "00541001": { Value: ["BQML"] },
    "00280051": { Value: ["NORM", "DTIM", "ATTN", "SCAT", "DECY"] },
    "00541102": { Value: ["START"] },
    "00101030": { Value: [70] },
    "00080021": { Value: ["20260101"] },
    "00080031": { Value: ["120000"] },
    "00540016": {
      Value: [
        {
          "00181072": { Value: ["101012.00"] }, // one half-life before noon
          "00181074": { Value: [350e6] },
          "00181075": { Value: [HALF_LIFE_S] },
          ...drug,
        },
      ],
    },
    ...change,
  };
}

test("activity spread evenly over the body is an uptake of one", () => {
  // After one half-life 175 MBq are left in 70 kg: 2500 Bq/g.
  expect(suvFactor(pet())).toEqual({ factor: expect.closeTo(1 / 2500, 12) });
});

test("an image corrected to the time of injection knows no decay", () => {
  expect(suvFactor(pet({ "00541102": { Value: ["ADMIN"] } }))).toEqual({ factor: expect.closeTo(1 / 5000, 12) });
});

test("injection before midnight, scan after it", () => {
  const night = pet({ "00080031": { Value: ["003000"] } }, { "00181072": { Value: ["224012"] } });
  expect(suvFactor(night)).toEqual({ factor: expect.closeTo(1 / 2500, 12) });
});

test("a date and time of injection come before a time alone", () => {
  const stated = pet({}, { "00181078": { Value: ["20260101082024"] } });
  expect(suvFactor(stated)).toEqual({ factor: expect.closeTo(1 / 1250, 12) });
});

test("values that are uptake already stay as they are", () => {
  expect(suvFactor({ "00541001": { Value: ["GML"] } })).toEqual({ factor: 1 });
  expect(suvFactor({ "00541001": { Value: ["GML"] }, "00541006": { Value: ["LBM"] } })).toEqual({ obstacle: "units" });
});

test.each<[string, Dataset]>([
  ["units", pet({ "00541001": { Value: ["CNTS"] } })],
  ["attenuation", pet({ "00280051": { Value: ["DECY"] } })],
  ["weight", pet({ "00101030": { Value: [0] } })],
  ["dose", pet({}, { "00181074": undefined })],
  ["half-life", pet({}, { "00181075": undefined })],
  ["injection time", pet({}, { "00181072": undefined })],
  ["scan time", pet({ "00080031": undefined })],
  // A series time that processing has set anew.
  [
    "scan time",
    pet({ "00080031": { Value: ["180000"] }, "00080022": { Value: ["20260101"] }, "00080032": { Value: ["120000"] } }),
  ],
])("without %s no uptake is shown", (obstacle, dataset) => {
  expect(suvFactor(dataset)).toEqual({ obstacle });
});
