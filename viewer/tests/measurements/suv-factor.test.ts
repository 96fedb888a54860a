import { expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { suvFactor } from "../../src/measurements/suv-factor";

function pet(changes: Dataset = {}, tracer: Dataset = {}): Dataset {
  return {
    "00080021": { vr: "DA", Value: ["20260102"] },
    "00080031": { vr: "TM", Value: ["120000"] },
    "00080022": { vr: "DA", Value: ["20260102"] },
    "00080032": { vr: "TM", Value: ["120000.00"] },
    "00101030": { vr: "DS", Value: [70] },
    "00280051": { vr: "CS", Value: ["DECY", "ATTN"] },
    "00541001": { vr: "CS", Value: ["BQML"] },
    "00541102": { vr: "CS", Value: ["START"] },
    "00540016": {
      vr: "SQ",
      Value: [
        {
          "00181072": { vr: "TM", Value: ["110000"] },
          "00181074": { vr: "DS", Value: [400e6] },
          "00181075": { vr: "DS", Value: [3600] },
          ...tracer,
        },
      ],
    },
    ...changes,
  };
}

test("after one half-life half the dose counts", () => {
  expect(suvFactor(pet())).toBeCloseTo(70000 / 200e6, 15);
});

test("an injection before midnight is of the day that it says", () => {
  const started = { "00181078": { vr: "DT", Value: ["20260101230000"] } };
  const scanned: Dataset = {
    "00080031": { vr: "TM", Value: ["000000"] },
    "00080032": { vr: "TM", Value: ["000000"] },
  };
  expect(suvFactor(pet(scanned, started))).toBeCloseTo(70000 / 200e6, 15);
});

test("values corrected to the injection need no decay", () => {
  expect(suvFactor(pet({ "00541102": { vr: "CS", Value: ["ADMIN"] } }))).toBeCloseTo(70000 / 400e6, 15);
});

test.each([
  ["no weight", { "00101030": { vr: "DS" } }],
  ["counts", { "00541001": { vr: "CS", Value: ["CNTS"] } }],
  ["no attenuation correction", { "00280051": { vr: "CS", Value: ["DECY"] } }],
  ["a series date of later processing", { "00080031": { vr: "TM", Value: ["150000"] } }],
] as [string, Dataset][])("%s gives no uptake", (_, changes) => {
  expect(suvFactor(pet(changes))).toBeUndefined();
});
