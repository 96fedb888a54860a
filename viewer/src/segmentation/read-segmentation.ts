/**
 * What a segmentation object says, before any of its frames has come: segments, and where each frame belongs.
 *
 * Written for many frames: it reads the few attributes it needs straight from the functional groups.
 * Source: DICOM PS3.3 sec. A.51, A.90 (label map), C.8.20, C.7.6.16, C.7.6.17.
 */
import { ATTRIBUTES, type Attribute, itemsOf, numbersOf, textOf } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import type { Vector } from "../overlays/vectors";
import { type Code, codeOf } from "../structured-report/codes";
import { MANUFACTURER, MODEL } from "../structured-report/document";
import { type Cielab, cielabOf } from "./cielab";
import { type FrameList, framesOfList, planeOf, type SharedPlane } from "./frame-list";
import { type Algorithm, MOST_SEGMENTS, type Segment } from "./segment";
import { furtherColour, TISSUE } from "./segment-codes";

export const SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4";
export const LABEL_MAP_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.7";

export type SegmentationType = "BINARY" | "FRACTIONAL" | "LABELMAP";

/** Where a frame lies; undefined parts are not stated. */
export interface FramePlane {
  position_mm: Vector;
  alongRow: Vector;
  alongColumn: Vector;
  columnSpacing_mm: number;
  rowSpacing_mm: number;
}

export interface SegmentationFrame {
  /** From 1, as in the address of a frame. */
  number: number;
  /** Its segment's label; 0 where the pixels themselves say it. */
  label: number;
  /** Images it was made from. */
  sources: readonly { sopInstanceUid: string; frame: number }[];
  plane: FramePlane | undefined;
}

export interface StoredSegmentation {
  studyUid: string;
  seriesUid: string;
  sopClassUid: string;
  sopInstanceUid: string;
  instanceNumber: number;
  /** Whether this viewer wrote it; others' are shown and never replaced. */
  isForeign: boolean;
  name: string;
  type: SegmentationType;
  rows: number;
  columns: number;
  bitsAllocated: number;
  /** Of fractional ones: the value that means certainty. */
  maximum: number;
  mayOverlap: boolean;
  segments: readonly Segment[];
  /** Of a label map: stored value to label. */
  labelOf: ReadonlyMap<number, number>;
  frames: readonly SegmentationFrame[];
  /** Series whose images it refers to. */
  sourceSeriesUids: readonly string[];
  frameOfReferenceUid: string;
}

/** Return what the object says; raises an error that names what is missing or too much. */
export function readSegmentation(dataset: Dataset, list?: FrameList): StoredSegmentation {
  const sopClassUid = textOf(dataset, "SOPClassUID");
  const isLabelMap = sopClassUid === LABEL_MAP_SEGMENTATION;
  const uid = textOf(dataset, "SOPInstanceUID");
  const stated = textOf(dataset, "SegmentationType") as SegmentationType;
  const type: SegmentationType = isLabelMap ? "LABELMAP" : stated;
  if (type !== "BINARY" && type !== "FRACTIONAL" && type !== "LABELMAP") {
    throw new Error(`Segmentation ${uid} is of type "${stated}"; BINARY, FRACTIONAL and LABELMAP can be read.`);
  }
  const [rows = 0] = numbersOf(dataset, "Rows");
  const [columns = 0] = numbersOf(dataset, "Columns");
  if (rows === 0 || columns === 0) throw new Error(`Segmentation ${uid} does not say how large its frames are.`);
  const { segments, labelOf } = segmentsOf(dataset, uid);
  return {
    studyUid: textOf(dataset, "StudyInstanceUID"),
    seriesUid: textOf(dataset, "SeriesInstanceUID"),
    sopClassUid,
    sopInstanceUid: uid,
    instanceNumber: numbersOf(dataset, "InstanceNumber")[0] ?? 0,
    isForeign: !isOurs(dataset),
    name: textOf(dataset, "ContentDescription") || textOf(dataset, "SeriesDescription"),
    type,
    rows,
    columns,
    bitsAllocated: numbersOf(dataset, "BitsAllocated")[0] ?? 8,
    maximum: numbersOf(dataset, "MaximumFractionalValue")[0] ?? 255,
    mayOverlap: !isLabelMap && textOf(dataset, "SegmentsOverlap") !== "NO",
    segments,
    labelOf,
    frames: list ? framesListed(dataset, list, labelOf) : framesOf(dataset, labelOf),
    sourceSeriesUids: itemsOf(dataset, "ReferencedSeriesSequence").map((item) => textOf(item, "SeriesInstanceUID")),
    frameOfReferenceUid: textOf(dataset, "FrameOfReferenceUID"),
  };
}

function isOurs(dataset: Dataset): boolean {
  return textOf(dataset, "Manufacturer") === MANUFACTURER && textOf(dataset, "ManufacturerModelName") === MODEL;
}

function segmentsOf(dataset: Dataset, uid: string) {
  // Number 0, where it stands, names what belongs to no segment.
  const items = itemsOf(dataset, "SegmentSequence").filter((item) => numbersOf(item, "SegmentNumber")[0] !== 0);
  if (items.length > MOST_SEGMENTS) {
    throw new Error(`Segmentation ${uid} has ${items.length} segments; ${MOST_SEGMENTS} can be shown at once.`);
  }
  const numbers = items.map((item, index) => numbersOf(item, "SegmentNumber")[0] ?? index + 1);
  const isPlain = numbers.every((number) => number <= MOST_SEGMENTS);
  const labelOf = new Map(numbers.map((number, index) => [number, isPlain ? number : index + 1]));
  const segments = items.map((item, index) => segmentOf(item, labelOf.get(numbers[index] ?? 0) ?? index + 1, index));
  return { segments, labelOf };
}

function segmentOf(item: Dataset, label: number, index: number): Segment {
  const lab = numbersOf(item, "RecommendedDisplayCIELabValue");
  const type = codeOf(item, "SegmentedPropertyTypeCodeSequence") ?? TISSUE;
  return {
    label,
    name: textOf(item, "SegmentLabel") || type.meaning,
    category: codeOf(item, "SegmentedPropertyCategoryCodeSequence") ?? TISSUE,
    type,
    modifiers: modifiersOf(itemsOf(item, "SegmentedPropertyTypeCodeSequence")[0]),
    algorithm: (textOf(item, "SegmentAlgorithmType") || "MANUAL") as Algorithm,
    algorithmName: textOf(item, "SegmentAlgorithmName"),
    colour: lab.length === 3 ? (lab as unknown as Cielab) : cielabOf(furtherColour(index)),
    trackingId: textOf(item, "TrackingID"),
    trackingUid: textOf(item, "TrackingUID"),
  };
}

function modifiersOf(type: Dataset | undefined): Code[] {
  return itemsOf(type, "SegmentedPropertyTypeModifierCodeSequence").flatMap((item) => {
    const found = codeOf({ [tag("ConceptCodeSequence")]: { vr: "SQ", Value: [item] } }, "ConceptCodeSequence");
    return found ? [found] : [];
  });
}

function tag(attribute: Attribute): string {
  return ATTRIBUTES[attribute][0];
}

const PER_FRAME = tag("PerFrameFunctionalGroupsSequence");
const IDENTIFICATION = tag("SegmentIdentificationSequence");
const NUMBER = tag("ReferencedSegmentNumber");
const POSITION_GROUP = tag("PlanePositionSequence");
const POSITION = tag("ImagePositionPatient");
const ORIENTATION_GROUP = tag("PlaneOrientationSequence");
const ORIENTATION = tag("ImageOrientationPatient");
const MEASURES = tag("PixelMeasuresSequence");
const SPACING = tag("PixelSpacing");
const DERIVATION = tag("DerivationImageSequence");
const SOURCE = tag("SourceImageSequence");
const INSTANCE = tag("ReferencedSOPInstanceUID");
const FRAME = tag("ReferencedFrameNumber");

function framesOf(dataset: Dataset, labelOf: ReadonlyMap<number, number>): SegmentationFrame[] {
  const groups = itemsOf(dataset, "PerFrameFunctionalGroupsSequence");
  const shared = itemsOf(dataset, "SharedFunctionalGroupsSequence")[0];
  const nFrames = numbersOf(dataset, "NumberOfFrames")[0] ?? (groups.length || 1);
  if (dataset[PER_FRAME] && groups.length !== nFrames) {
    throw unlikeNumbers(nFrames, groups.length);
  }
  return Array.from({ length: nFrames }, (_, index) => {
    const own = groups[index];
    const stated = segmentOfGroup(own) || segmentOfGroup(shared);
    return {
      number: index + 1,
      label: labelOf.get(stated) ?? 0,
      sources: sourcesOf(first(own, DERIVATION) ?? first(shared, DERIVATION)),
      plane: planeOf(placed(own, shared)),
    };
  });
}

/** Return the frames that the archive lists; what they do not say themselves the shared groups say. */
function framesListed(dataset: Dataset, list: FrameList, labelOf: ReadonlyMap<number, number>): SegmentationFrame[] {
  const shared = itemsOf(dataset, "SharedFunctionalGroupsSequence")[0];
  const nFrames = numbersOf(dataset, "NumberOfFrames")[0] ?? 1;
  if (list.segments.length === 0) return framesOf(dataset, labelOf);
  if (list.segments.length !== nFrames) throw unlikeNumbers(nFrames, list.segments.length);
  const frames = framesOfList(list, placed(undefined, shared), labelOf);
  const [stated, sources] = [segmentOfGroup(shared), sourcesOf(first(shared, DERIVATION))];
  if (stated === 0 && sources.length === 0) return frames;
  return frames.map((frame, index) => ({
    ...frame,
    label: list.segments[index] === 0 ? (labelOf.get(stated) ?? 0) : frame.label,
    sources: frame.sources.length > 0 ? frame.sources : sources,
  }));
}

function unlikeNumbers(nFrames: number, nGroups: number): Error {
  return new Error(`A segmentation has ${nFrames} frames and functional groups for ${nGroups}.`);
}

function segmentOfGroup(group: Dataset | undefined): number {
  return Number(first(group, IDENTIFICATION)?.[NUMBER]?.Value?.[0] ?? 0);
}

function placed(own: Dataset | undefined, shared: Dataset | undefined): SharedPlane {
  return {
    position: numeric(first(own, POSITION_GROUP) ?? first(shared, POSITION_GROUP), POSITION),
    orientation: numeric(first(own, ORIENTATION_GROUP) ?? first(shared, ORIENTATION_GROUP), ORIENTATION),
    spacing: numeric(first(own, MEASURES) ?? first(shared, MEASURES), SPACING),
  };
}

function sourcesOf(derivation: Dataset | undefined): SegmentationFrame["sources"] {
  const items = (derivation?.[SOURCE]?.Value ?? []) as Dataset[];
  return items.map((item) => ({
    sopInstanceUid: String(item[INSTANCE]?.Value?.[0] ?? ""),
    frame: Number(item[FRAME]?.Value?.[0] ?? 1),
  }));
}

function first(group: Dataset | undefined, sequence: string): Dataset | undefined {
  return group?.[sequence]?.Value?.[0] as Dataset | undefined;
}

function numeric(item: Dataset | undefined, attribute: string): number[] {
  return ((item?.[attribute]?.Value ?? []) as unknown[]).map(Number);
}
