import { expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { formatValue, valueMeaning } from "../../src/overlays/pixel-value";

const cs = (value: string) => ({ vr: "CS", Value: [value] });
const ds = (value: number) => ({ vr: "DS", Value: [value] });

test("CT with a rescale is in HU", () => {
  expect(valueMeaning({ "00080060": cs("CT"), "00281053": ds(1), "00281052": ds(-1024) }).unit).toBe("HU");
});

test("CT that says its unit is not stated has none", () => {
  expect(valueMeaning({ "00080060": cs("CT"), "00281053": ds(1), "00281054": cs("US") }).unit).toBe("");
});

test("MR has no unit unless it states one", () => {
  expect(valueMeaning({ "00080060": cs("MR"), "00281053": ds(1) }).unit).toBe("");
});

test("PET says its unit itself", () => {
  expect(valueMeaning({ "00080060": cs("PT"), "00541001": cs("BQML") }).unit).toBe("Bq/mL");
});

const MAPPING: Dataset = {
  "00409225": { vr: "FD", Value: [0.001] },
  "00409224": { vr: "FD", Value: [0.5] },
  "004008EA": { vr: "SQ", Value: [{ "00080100": { vr: "SH", Value: ["mm2/s"] } }] },
};

test("a real world value starts from the stored value, not from the rescaled one", () => {
  const dataset: Dataset = {
    "00080060": cs("MR"),
    "00281053": ds(2),
    "00281052": ds(10),
    "00409096": { vr: "SQ", Value: [MAPPING] },
  };
  const { unit, shownValue } = valueMeaning(dataset);
  expect(unit).toBe("mm²/s");
  expect(shownValue(2 * 300 + 10)).toBeCloseTo(0.001 * 300 + 0.5, 12);
});

test("functional groups of the frame come before the data set", () => {
  const group: Dataset = { "00289145": { vr: "SQ", Value: [{ "00281053": ds(1), "00281054": cs("HU") }] } };
  expect(valueMeaning({ "00080060": cs("MR") }, [group]).unit).toBe("HU");
});

test("numbers show the digits that help", () => {
  expect([161, 0.880439, 12345.6, Number.NaN].map(formatValue)).toEqual(["161", "0.8804", "12346", "–"]);
});
