/**
 * The frames of a series in the order in which people read them.
 *
 * Source: DICOM PS3.3 sec. C.7.6.2.1.1 (position along the normal of the plane), C.7.6.16 (functional groups).
 */
import { type Dataset, items, type Keyword, number, numbers, text } from "../dicomweb/json-model";
import { planeAxes } from "../overlays/orientation";
import { dot, type Vector, vectorOf } from "../overlays/vectors";

export interface Frame {
  dataset: Dataset;
  /** Functional groups that hold for this frame, its own first. */
  groups: readonly Dataset[];
  instanceUid: string;
  /** From 1, as in the address of a frame. */
  frameNumber: number;
  nFramesInInstance: number;
}

/** Return all frames of all instances that have pixels. */
export function framesOf(instances: readonly Dataset[]): Frame[] {
  const pictures = instances.filter((dataset) => number(dataset, "Rows") && number(dataset, "Columns"));
  const single = pictures.filter((dataset) => nFrames(dataset) === 1).map((dataset) => frame(dataset, 1));
  const multi = pictures
    .filter((dataset) => nFrames(dataset) > 1)
    .sort(byInstanceNumber)
    .flatMap((dataset) => Array.from({ length: nFrames(dataset) }, (_, index) => frame(dataset, index + 1)));
  return [...inReadingOrder(single), ...multi];
}

/** Return an attribute of the frame's functional groups, or of the data set itself. */
export function frameNumbers(frame: Frame, group: Keyword, keyword: Keyword): number[] {
  for (const functional of frame.groups) {
    const found = numbers(items(functional, group)[0], keyword);
    if (found.length > 0) return found;
  }
  return numbers(frame.dataset, keyword);
}

export interface Plane {
  row: Vector;
  column: Vector;
  normal: Vector;
  position_mm: Vector;
}

/** Return where the frame lies in the patient, or undefined when the object does not say. */
export function planeOf(frame: Frame): Plane | undefined {
  const axes = planeAxes(frameNumbers(frame, "PlaneOrientationSequence", "ImageOrientationPatient"));
  const position_mm = vectorOf(frameNumbers(frame, "PlanePositionSequence", "ImagePositionPatient"));
  return axes && position_mm ? { ...axes, position_mm } : undefined;
}

/** Return millimetres between rows and between columns. Spacing at the detector is not spacing in the patient. */
export function pixelSpacing_mm(frame: Frame): { row: number; column: number; isAtDetector: boolean } | undefined {
  const inPatient = frameNumbers(frame, "PixelMeasuresSequence", "PixelSpacing");
  const [row, column] = inPatient.length === 2 ? inPatient : numbers(frame.dataset, "ImagerPixelSpacing");
  return row && column && row > 0 && column > 0 ? { row, column, isAtDetector: inPatient.length !== 2 } : undefined;
}

function frame(dataset: Dataset, frameNumber: number): Frame {
  const own = items(dataset, "PerFrameFunctionalGroups")[frameNumber - 1];
  const shared = items(dataset, "SharedFunctionalGroups")[0];
  return {
    dataset,
    groups: [own, shared].filter((group) => group !== undefined),
    instanceUid: text(dataset, "SOPInstanceUID"),
    frameNumber,
    nFramesInInstance: nFrames(dataset),
  };
}

function inReadingOrder(frames: readonly Frame[]): Frame[] {
  const planes = frames.map(planeOf);
  const normal = planes[0]?.normal;
  const isOneStack = normal && planes.every((plane) => plane && dot(plane.normal, normal) > 0.99);
  if (!isOneStack) return [...frames].sort((a, b) => byInstanceNumber(a.dataset, b.dataset));
  // From the end of the normal backwards: an axial series starts at the head.
  const distance = (one: Frame) => dot(planeOf(one)?.position_mm ?? [0, 0, 0], normal);
  const distances = new Map(frames.map((one) => [one, distance(one)]));
  return [...frames].sort(
    (a, b) => (distances.get(b) ?? 0) - (distances.get(a) ?? 0) || byInstanceNumber(a.dataset, b.dataset),
  );
}

function byInstanceNumber(a: Dataset, b: Dataset): number {
  return (number(a, "InstanceNumber") ?? 0) - (number(b, "InstanceNumber") ?? 0);
}

function nFrames(dataset: Dataset): number {
  return Math.max(1, number(dataset, "NumberOfFrames") ?? 1);
}
