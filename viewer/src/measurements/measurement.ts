/** A measurement: what was drawn, where in the patient, what came out, by whom; independent of who draws it. */
import type { Code } from "../structured-report/codes";

/** Kinds by the names that Cornerstone's tools have, so that one word means one thing. */
export const KINDS = [
  "Length",
  "Bidirectional",
  "Angle",
  "CobbAngle",
  "EllipticalROI",
  "RectangleROI",
  "PlanarFreehandROI",
  "Probe",
  "ArrowAnnotate",
] as const;
export type Kind = (typeof KINDS)[number];

/** Column and row, from the corner of the image: the centre of its first pixel is (0.5, 0.5). PS3.3 sec. C.18.6.1.2. */
export type ImagePoint = readonly [number, number];
/** x, y, z in the patient's LPS frame, mm. */
export type PatientPoint = readonly [number, number, number];

export interface ImageReference {
  seriesUid: string;
  sopClassUid: string;
  sopInstanceUid: string;
  /** From 1. */
  frame: number;
  isMultiFrame: boolean;
}

/**
 * Where the points are, in the order of the kind:
 * - Length: the two ends; ArrowAnnotate: tip, then tail; Probe: the point
 * - Bidirectional: ends of the long axis, then ends of the short axis
 * - Angle: end, vertex, end; CobbAngle: two ends of one line, then of the other
 * - EllipticalROI: ends of the axis that runs more along the columns (lower end first), then of the other (left first)
 * - RectangleROI: as Cornerstone has them: first corner, its neighbour, the other neighbour, the corner opposite
 * - PlanarFreehandROI: the contour; the first point is not repeated
 */
export type Place =
  | {
      on: "image";
      image: ImageReference;
      /** Single precision, as SCOORD keeps them. */
      points_px: readonly ImagePoint[];
      /** The same in the patient, where the image says so. */
      points_mm: readonly PatientPoint[] | undefined;
      frameOfReferenceUid: string | undefined;
    }
  | {
      on: "space";
      frameOfReferenceUid: string;
      /** Single precision, as SCOORD3D keeps them. */
      points_mm: readonly PatientPoint[];
    }
  /** All that a segment of a segmentation marks. */
  | { on: "segment"; segment: SegmentReference; frameOfReferenceUid: string | undefined }
  /** Of another document, about something that cannot be drawn here: a volume surface. */
  | { on: "nothing" };

export interface SegmentReference {
  seriesUid: string;
  sopClassUid: string;
  sopInstanceUid: string;
  /** Segment Number. */
  number: number;
  /** Series that was segmented; "" where the document does not say. */
  sourceSeriesUid: string;
}

export interface Quantity {
  concept: Code;
  /** How one number came from many pixels: mean, maximum, ... */
  derivation?: Code | undefined;
  value: number;
  unit: Code;
}

export interface Measurement {
  /** Undefined for a segment, and for what another document describes and nothing here can draw. */
  kind: Kind | undefined;
  place: Place;
  /** Whether the contour of a PlanarFreehandROI comes back to its first point. */
  isClosed: boolean;
  label: string;
  finding: Code | undefined;
  site: Code | undefined;
  quantities: readonly Quantity[];
  trackingId: string;
  trackingUid: string;
  /** Person name as DICOM writes it. */
  observer: string;
  /** DT. */
  observedAt: string;
  /** True for a measurement of a document that someone else's software wrote: shown, not changed. */
  isForeign: boolean;
}

export function frameOfReferenceOf(measurement: Measurement): string | undefined {
  return measurement.place.on === "nothing" ? undefined : measurement.place.frameOfReferenceUid;
}

/** Return whether two measurements are the same in everything that a document keeps. */
export function isEqual(a: Measurement, b: Measurement): boolean {
  return JSON.stringify(kept(a)) === JSON.stringify(kept(b));
}

/** Return whether two places are the same; points in the patient follow from those on an image. */
export function isSamePlace(a: Place, b: Place): boolean {
  return JSON.stringify(keptPlace(a)) === JSON.stringify(keptPlace(b));
}

const SAME_MM = 1e-3;

/** Return whether what is said to lie on an image has the very points of what lies in space. */
export function sameInPatient(space: Place, onImage: Place): boolean {
  if (space.on !== "space" || onImage.on !== "image" || onImage.frameOfReferenceUid !== space.frameOfReferenceUid)
    return false;
  const [a, b] = [space.points_mm, onImage.points_mm ?? []];
  // An ellipse names its axes in another order on an image.
  const isNear = (p: PatientPoint, q: PatientPoint) => p.every((x, k) => Math.abs(x - (q[k] ?? Number.NaN)) < SAME_MM);
  return a.length === b.length && a.every((point) => b.some((other) => isNear(point, other)));
}

function kept({ place, ...rest }: Measurement) {
  return [
    keptPlace(place),
    rest.kind,
    rest.isClosed,
    rest.label,
    keptCode(rest.finding),
    keptCode(rest.site),
    rest.quantities.map((one) => [keptCode(one.concept), keptCode(one.derivation), one.value, keptCode(one.unit)]),
    rest.trackingId,
    rest.trackingUid,
    rest.observer,
    rest.observedAt,
  ];
}

function keptCode(code: Code | undefined) {
  return code && [code.scheme, code.value];
}

function keptPlace(place: Place) {
  if (place.on === "nothing") return place.on;
  if (place.on === "segment") return place.segment;
  if (place.on === "space") return [place.frameOfReferenceUid, place.points_mm];
  const { image } = place;
  return [image.sopClassUid, image.sopInstanceUid, image.frame, place.points_px];
}
