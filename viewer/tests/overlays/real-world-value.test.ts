import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { imagesIn, withMappings } from "../../src/dicomweb/mapping-objects";
import { valueMeaning } from "../../src/overlays/pixel-value";
import { realWorldValues } from "../../src/overlays/real-world-value";

const one = (vr: string, ...Value: unknown[]) => ({ vr, Value });
const sq = (...Value: Dataset[]) => ({ vr: "SQ", Value });

function stated(first: number, last: number, how: Dataset, unit = "kPa"): Dataset {
  return {
    "00409216": one("US", first),
    "00409211": one("US", last),
    "004008EA": sq({ "00080100": one("SH", unit) }),
    ...how,
  };
}
const line = (slope: number, intercept: number): Dataset => ({
  "00409225": one("FD", slope),
  "00409224": one("FD", intercept),
});
const table = (...values: number[]): Dataset => ({ "00409212": one("FD", ...values) });
const samples = [0, 9, 10, 11, 12, 13];

describe("a real world value", () => {
  it("is the entry of a table, and none outside of it", () => {
    const found = realWorldValues([stated(10, 13, table(0.5, 2.5, 2, 40))], false);
    expect(samples.map((sample) => found?.valueOf(sample))).toEqual([Number.NaN, Number.NaN, 0.5, 2.5, 2, 40]);
    expect(found?.line).toBeUndefined();
  });

  it("is mapped piece by piece, by the pieces of one unit", () => {
    const pieces = [stated(0, 9, line(0.5, 1)), stated(11, 12, line(2, -10)), stated(13, 13, line(1, 0), "m/s")];
    const found = realWorldValues(pieces, false);
    expect(samples.map((sample) => found?.valueOf(sample))).toEqual([1, 5.5, Number.NaN, 12, 14, Number.NaN]);
  });

  it("has bounds below zero for signed samples, however they were written", () => {
    const found = realWorldValues([stated(65533, 5, line(2, 0))], true);
    expect([-4, -3, 5, 6].map((sample) => found?.valueOf(sample))).toEqual([Number.NaN, -6, 10, Number.NaN]);
  });
});

const OBJECT: Dataset = {
  "00080023": one("DA", "20260101"),
  "00409094": sq({
    "00081140": sq({ "00081155": one("UI", "1.2.3") }, { "00081155": one("UI", "1.2.4"), "00081160": one("IS", 2) }),
    "00409096": sq(stated(0, 4095, line(0.001, 0))),
  }),
};

describe("an object of mappings", () => {
  const images = imagesIn([OBJECT]);

  it("gives the image that it names its unit, and no other", () => {
    expect(valueMeaning(withMappings({ "00080018": one("UI", "1.2.3") }, images)).unit).toBe("kPa");
    expect(valueMeaning(withMappings({ "00080018": one("UI", "1.2.5") }, images)).unit).toBe("");
  });

  it("gives one frame its unit where it names a frame", () => {
    const found = withMappings({ "00080018": one("UI", "1.2.4"), "00280008": one("IS", 3) }, images);
    const groups = found["52009230"]?.Value as Dataset[];
    expect(groups.map((group) => valueMeaning(found, [group]).unit)).toEqual(["", "kPa", ""]);
  });

  it("comes behind what the image states itself", () => {
    const own = { "00080018": one("UI", "1.2.3"), "00409096": sq(stated(0, 9, line(1, 0), "m/s")) };
    expect(valueMeaning(withMappings(own, images)).unit).toBe("m/s");
  });

  it("of a newer date comes first", () => {
    const newer: Dataset = {
      "00080023": one("DA", "20260202"),
      "00409094": sq({
        "00081140": sq({ "00081155": one("UI", "1.2.3") }),
        "00409096": sq(stated(0, 9, line(1, 0), "m/s")),
      }),
    };
    expect(valueMeaning(withMappings({ "00080018": one("UI", "1.2.3") }, imagesIn([OBJECT, newer]))).unit).toBe("m/s");
  });
});
