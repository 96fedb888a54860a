import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { TAG } from "../../src/dicomweb/json-model";
import type { Series } from "../../src/dicomweb/studies";
import { seriesFacts } from "../../src/hanging/read-facts";

type Given = Partial<Record<keyof typeof TAG, unknown>>;
const dataset = (given: Given): Dataset =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      TAG[name as keyof typeof TAG],
      { Value: Array.isArray(value) ? value : [value] },
    ]),
  );
const SERIES: Series = { studyUid: "1", uid: "1.1", number: 1, modality: "MG", description: "Breast", nInstances: 4 };
const image = (uid: string, given: Given = {}) =>
  dataset({ SOPInstanceUID: uid, Rows: 400, Columns: 300, ImagerPixelSpacing: [0.1, 0.1], ...given });

describe("mammograms in one series", () => {
  const found = seriesFacts(SERIES, [
    image("1.1.1", { ImageLaterality: "R", ViewPosition: "CC", PatientOrientation: ["P", "L"] }),
    image("1.1.2", { ImageLaterality: "L", ViewPosition: "CC", PatientOrientation: ["A", "R"] }),
    image("1.1.3", { ImageLaterality: "L", ViewPosition: "CC", PatientOrientation: ["A", "R"] }),
  ]);
  test("are hung view by view", () => {
    expect(found.map(({ laterality, view, instanceUids }) => [laterality, view, instanceUids])).toEqual([
      ["R", "CC", ["1.1.1"]],
      ["L", "CC", ["1.1.2", "1.1.3"]],
    ]);
  });
  test("know how they lie and how large they are", () => {
    expect(found[0]?.orientation).toEqual(["P", "L"]);
    expect(found[0]?.size_mm?.width).toBeCloseTo(30, 9);
    expect(found[0]?.size_mm?.height).toBeCloseTo(40, 9);
  });
});

test("tomosynthesis says side, view and place in its functional groups and codes", () => {
  const [found] = seriesFacts(SERIES, [
    image("1.1.1", {
      NumberOfFrames: 40,
      ViewCodeSequence: [dataset({ CodeValue: "399368009" })],
      SharedFunctionalGroups: [
        dataset({
          FrameAnatomySequence: [dataset({ FrameLaterality: "L" })],
          PixelMeasuresSequence: [dataset({ PixelSpacing: [0.085, 0.085] })],
          PlaneOrientationSequence: [dataset({ ImageOrientationPatient: [0, -1, 0, -0.5, 0, -0.8660254] })],
        }),
      ],
      PerFrameFunctionalGroups: [dataset({ PlanePositionSequence: [dataset({ ImagePositionPatient: [0, 0, 0] })] })],
    }),
  ]);
  expect(found).toMatchObject({ laterality: "L", view: "MLO", nFrames: 40, orientation: ["A", "FR"] });
  expect(found?.size_mm?.width).toBeCloseTo(300 * 0.085, 9);
});

test("a plane is known from its orientation alone", () => {
  const ct: Series = { ...SERIES, modality: "CT", nInstances: 40 };
  const [found] = seriesFacts(ct, [image("1.1.1", { ImageOrientationPatient: [1, 0, 0, 0, 0, -1] })]);
  expect([found?.plane, found?.nImages, found?.instanceUids]).toEqual(["coronal", 40, undefined]);
});
