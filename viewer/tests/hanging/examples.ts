/** Studies as hanging protocols know them. */
import type { SeriesFacts, StudyFacts } from "../../src/hanging/facts";

export function series(uid: string, given: Partial<SeriesFacts> = {}): SeriesFacts {
  return {
    studyUid: "1",
    seriesUid: uid,
    number: Number(uid.split(".").at(-1)),
    modality: "CT",
    description: "",
    protocolName: "",
    bodyPart: "",
    laterality: "",
    view: "",
    modifiers: [],
    plane: "axial",
    imageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    intent: "",
    kernel: "",
    contrast: "",
    thickness_mm: undefined,
    nImages: 40,
    nFrames: 1,
    frameOfReferenceUid: "9",
    orientation: undefined,
    size_mm: undefined,
    ...given,
  };
}

export function study(uid: string, all: readonly SeriesFacts[], given: Partial<StudyFacts> = {}): StudyFacts {
  return { uid, date: "20260101", description: "", series: all.map((one) => ({ ...one, studyUid: uid })), ...given };
}

const AS_READ = { R: { CC: ["P", "L"], MLO: ["P", "FL"] }, L: { CC: ["A", "R"], MLO: ["A", "FR"] } } as const;

export function breast(uid: string, laterality: "R" | "L", view: "CC" | "MLO", given: Partial<SeriesFacts> = {}) {
  const [row, column] = AS_READ[laterality][view];
  return series(uid, {
    modality: "MG",
    bodyPart: "BREAST",
    plane: "",
    laterality,
    view,
    nImages: 1,
    intent: "FOR PRESENTATION",
    orientation: [row, column],
    size_mm: { width: 180, height: 240 },
    frameOfReferenceUid: "",
    ...given,
  });
}
