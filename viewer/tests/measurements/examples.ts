/** Images and measurements of every kind, made up for tests. */
import { readFileSync } from "node:fs";
import type { Dataset } from "../../src/dicomweb/json-model";
import type { Kind, Measurement, Place } from "../../src/measurements/measurement";
import { placedOn, type StudyImage, studyImagesOf } from "../../src/measurements/study-images";
import { cross, norm } from "../../src/overlays/vectors";
import { code } from "../../src/structured-report/codes";

export const readText = readFileSync;

/** Oblique, with oblong pixels: 0.7 mm between columns, 1.3 mm between rows. */
export function imageDataset(changes: Dataset = {}): Dataset {
  const row = [0.8, 0.6, 0] as const;
  const column = [-0.36, 0.48, 0.8] as const;
  if (Math.abs(norm(cross(row, column)) - 1) > 1e-9) throw new Error("The axes of the example are not orthonormal.");
  return {
    "00080016": { vr: "UI", Value: ["1.2.840.10008.5.1.4.1.1.2"] },
    "00080018": { vr: "UI", Value: ["1.2.3.4"] },
    "00080020": { vr: "DA", Value: ["20260102"] },
    "00080060": { vr: "CS", Value: ["CT"] },
    "0008103E": { vr: "LO", Value: ["Abdomen"] },
    "00100010": { vr: "PN", Value: [{ Alphabetic: "Doe^Jane" }] },
    "00100020": { vr: "LO", Value: ["4711"] },
    "0020000D": { vr: "UI", Value: ["1.2.3"] },
    "0020000E": { vr: "UI", Value: ["1.2.3.1"] },
    "00200011": { vr: "IS", Value: [2] },
    "00200013": { vr: "IS", Value: [7] },
    "00200032": { vr: "DS", Value: [-101.3, 20.7, 333.1] },
    "00200037": { vr: "DS", Value: [...row, ...column] },
    "00200052": { vr: "UI", Value: ["1.2.3.9"] },
    "00280010": { vr: "US", Value: [256] },
    "00280011": { vr: "US", Value: [320] },
    "00280030": { vr: "DS", Value: [1.3, 0.7] },
    "00281052": { vr: "DS", Value: [-1024] },
    "00281053": { vr: "DS", Value: [1] },
    ...changes,
  };
}

// Addresses of images hold the origin of the page.
(globalThis as { location?: { origin: string } }).location ??= { origin: "http://viewer.test" };

export const IMAGE = studyImagesOf([imageDataset()])[0] as StudyImage;

const HU = code("[hnsf'U]", "UCUM", "Hounsfield unit");
const MM = code("mm", "UCUM", "millimeter");
const DEGREE = code("deg", "UCUM", "degree");
const ATTENUATION = code("112031", "DCM", "Attenuation Coefficient");
const ROI = [
  { concept: code("42798000", "SCT", "Area"), value: 123.456789012345, unit: code("mm2", "UCUM", "square millimeter") },
  {
    concept: ATTENUATION,
    derivation: code("373098007", "SCT", "Mean"),
    value: -12.345678901234567,
    unit: HU,
  },
];

const POINTS: Readonly<Record<Kind, readonly (readonly [number, number])[]>> = {
  Length: [
    [10.1, 20.2],
    [50.3, 60.7],
  ],
  Bidirectional: [
    [10.1, 20.2],
    [50.3, 60.7],
    [20.5, 50.5],
    [40.25, 30.125],
  ],
  Angle: [
    [1.1, 2.2],
    [30.3, 40.4],
    [50.5, 6.6],
  ],
  CobbAngle: [
    [1.1, 2.2],
    [30.3, 4.4],
    [5.5, 60.6],
    [70.7, 80.8],
  ],
  EllipticalROI: [
    [100.5, 130.1],
    [100.5, 110.3],
    [80.2, 120.2],
    [120.8, 120.2],
  ],
  RectangleROI: [
    [10.5, 20.5],
    [60.5, 20.5],
    [10.5, 40.25],
    [60.5, 40.25],
  ],
  PlanarFreehandROI: [
    [10.5, 20.5],
    [60.5, 22.5],
    [55.1, 60.2],
    [30.3, 70.7],
    [8.8, 33.3],
  ],
  Probe: [[77.7, 88.8]],
  ArrowAnnotate: [
    [12.5, 13.5],
    [40.4, 50.5],
  ],
};

const QUANTITIES: Readonly<Record<Kind, Measurement["quantities"]>> = {
  Length: [{ concept: code("410668003", "SCT", "Length"), value: 59.69825839096864, unit: MM }],
  Bidirectional: [
    { concept: code("103339001", "SCT", "Long Axis"), value: 57.01, unit: MM },
    { concept: code("103340004", "SCT", "Short Axis"), value: 28.6, unit: MM },
  ],
  Angle: [{ concept: code("1483009", "SCT", "Angle"), value: 40.210311880585884, unit: DEGREE }],
  CobbAngle: [{ concept: code("285285000", "SCT", "Cobb angle"), value: 21.949732815783427, unit: DEGREE }],
  EllipticalROI: ROI,
  RectangleROI: ROI,
  PlanarFreehandROI: ROI,
  Probe: [{ concept: ATTENUATION, derivation: code("373098007", "SCT", "Mean"), value: 41, unit: HU }],
  ArrowAnnotate: [],
};

/** Return a measurement of the kind on the example image, with points as a report keeps them. */
export function example(kind: Kind, changes: Partial<Measurement> = {}): Measurement {
  const points_px = POINTS[kind].map(([x, y]) => [Math.fround(x), Math.fround(y)] as const);
  const place: Place & { on: "image" } = {
    on: "image",
    image: IMAGE.reference,
    points_px,
    points_mm: undefined,
    frameOfReferenceUid: undefined,
  };
  return {
    kind,
    place: placedOn(IMAGE, place),
    isClosed: kind === "PlanarFreehandROI",
    label: `A ${kind}, "größer" than before`,
    finding: code("52988006", "SCT", "Lesion"),
    site: code("10200004", "SCT", "Liver"),
    quantities: QUANTITIES[kind],
    trackingId: `${kind} 1`,
    trackingUid: `2.25.${1000 + kind.length}${kind.charCodeAt(0)}`,
    observer: "Reader^Anna",
    observedAt: "20260102101112.345+0100",
    isForeign: false,
    ...changes,
  };
}
