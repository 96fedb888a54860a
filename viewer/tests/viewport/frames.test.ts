import { expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { framesOf, pixelSpacing_mm, planeOf } from "../../src/viewport/frames";

function slice(uid: string, z_mm: number, instanceNumber: number, orientation = [1, 0, 0, 0, 1, 0]): Dataset {
  return {
    "00080018": { vr: "UI", Value: [uid] },
    "00200013": { vr: "IS", Value: [instanceNumber] },
    "00200032": { vr: "DS", Value: [0, 0, z_mm] },
    "00200037": { vr: "DS", Value: orientation },
    "00280010": { vr: "US", Value: [4] },
    "00280011": { vr: "US", Value: [4] },
  };
}

const uids = (datasets: Dataset[]) => framesOf(datasets).map(({ instanceUid }) => instanceUid);

test("an axial stack goes from head to feet, whatever the numbers say", () => {
  expect(uids([slice("low", -10, 1), slice("high", 30, 2), slice("middle", 5, 3)])).toEqual(["high", "middle", "low"]);
});

test("planes that are not parallel keep the order of their numbers", () => {
  expect(uids([slice("b", 30, 2), slice("a", 5, 1, [1, 0, 0, 0, 0, -1])])).toEqual(["a", "b"]);
});

test("slices at the same place keep the order of their numbers", () => {
  expect(uids([slice("late", 0, 7), slice("early", 0, 3)])).toEqual(["early", "late"]);
});

test("objects without pixels have no frames", () => {
  expect(framesOf([{ "00080018": { vr: "UI", Value: ["report"] } }])).toEqual([]);
});

const ENHANCED: Dataset = {
  ...slice("multi", 0, 1),
  "00200032": undefined,
  "00200037": undefined,
  "00280008": { vr: "IS", Value: ["2"] },
  "52009229": {
    vr: "SQ",
    Value: [
      {
        "00209116": { vr: "SQ", Value: [{ "00200037": { vr: "DS", Value: [1, 0, 0, 0, 1, 0] } }] },
        "00289110": { vr: "SQ", Value: [{ "00280030": { vr: "DS", Value: [0.5, 0.75] } }] },
      },
    ],
  },
  "52009230": {
    vr: "SQ",
    Value: [0, 8].map((z_mm) => ({
      "00209113": { vr: "SQ", Value: [{ "00200032": { vr: "DS", Value: [1, 2, z_mm] } }] },
    })),
  },
};

test("frames of one object stay in their order and know their places", () => {
  const frames = framesOf([ENHANCED]);
  expect(frames.map(({ frameNumber }) => frameNumber)).toEqual([1, 2]);
  expect(frames.map((frame) => planeOf(frame)?.position_mm)).toEqual([
    [1, 2, 0],
    [1, 2, 8],
  ]);
});

test("spacing is between rows first, then between columns", () => {
  const [frame] = framesOf([ENHANCED]);
  expect(frame && pixelSpacing_mm(frame)).toEqual({ row: 0.5, column: 0.75, isAtDetector: false });
});

test("spacing at the detector is told apart", () => {
  const [frame] = framesOf([{ ...slice("dx", 0, 1), "00181164": { vr: "DS", Value: [0.1, 0.1] } }]);
  expect(frame && pixelSpacing_mm(frame)?.isAtDetector).toBe(true);
});
