import { expect, test } from "vitest";
import { withDose } from "../../src/dicomweb/dose";
import { type Dataset, TAG } from "../../src/dicomweb/json-model";
import { framesOf, planeOf } from "../../src/viewport/frames";

const grid = (offsets: number[]): Dataset => ({
  [TAG.SOPInstanceUID]: { vr: "UI", Value: ["1.2.3"] },
  [TAG.Rows]: { vr: "US", Value: [2] },
  [TAG.Columns]: { vr: "US", Value: [2] },
  [TAG.NumberOfFrames]: { vr: "IS", Value: [offsets.length] },
  [TAG.ImageOrientationPatient]: { vr: "DS", Value: [0, 1, 0, 0, 0, -1] },
  [TAG.ImagePositionPatient]: { vr: "DS", Value: [10, 20, 30] },
  [TAG.GridFrameOffsetVector]: { vr: "DS", Value: offsets },
  [TAG.DoseGridScaling]: { vr: "DS", Value: [0.5] },
});
const positions = (dataset: Dataset) => framesOf([dataset]).map((frame) => planeOf(frame)?.position_mm);

test("planes lie along the normal", () => {
  // Rows run to P, columns to F: the normal points to R.
  expect(positions(withDose(grid([0, 2.5, 5])))).toEqual([
    [10, 20, 30],
    [7.5, 20, 30],
    [5, 20, 30],
  ]);
});

test("offsets that do not start at 0 are coordinates", () => {
  expect(positions(withDose(grid([30, 33])))).toEqual([
    [10, 20, 30],
    [10, 20, 33],
  ]);
});

test("stored numbers are scaled to dose", () => {
  expect(withDose(grid([0]))[TAG.RescaleSlope]?.Value).toEqual([0.5]);
  const image: Dataset = {};
  expect(withDose(image)).toBe(image);
});
