/**
 * Measuring on pictures that the server draws: from points in the patient to measurements, and back onto a picture.
 *
 * Points are places in the patient (LPS, mm) and not pixels of a picture: a picture that is drawn anew, larger or at
 * another depth, shows them where they are.
 */

import { longAxisFirst } from "../measurements/ellipse-axes";
import { geometricQuantities } from "../measurements/geometric-quantities";
import type { Kind, Measurement, PatientPoint, Place, Quantity } from "../measurements/measurement";
import { quantityOf } from "../measurements/statistics";
import { cross, dot, minus, norm, plus, times, type Vector } from "../overlays/vectors";
import * as codes from "../structured-report/codes";
import { ucum } from "../structured-report/codes";
import type { SeriesDescription, ServerPicture } from "./server-view-api";

/** What the pointer does: windows, or draws what it is named for. */
export const MEASURING_TOOLS = ["Length", "Angle", "EllipticalROI"] as const satisfies readonly Kind[];
export type MeasuringTool = (typeof MEASURING_TOOLS)[number];

/** How many places a person sets. */
const N_PLACES: Readonly<Record<MeasuringTool, number>> = { Length: 2, Angle: 3, EllipticalROI: 2 };

export function isComplete(tool: MeasuringTool, places: readonly PatientPoint[]): boolean {
  return places.length >= N_PLACES[tool];
}

/** Return what is kept of the places that were set: those themselves, or of the middle and an edge the ends of the axes. */
export function pointsOf(
  tool: MeasuringTool,
  places: readonly PatientPoint[],
  picture: Pick<ServerPicture, "row" | "column">,
): PatientPoint[] {
  const [a, b] = places;
  const points = tool === "EllipticalROI" && a && b ? axisEnds(a, b, picture) : places;
  return points.map(([x, y, z]) => [Math.fround(x), Math.fround(y), Math.fround(z)] as const);
}

/** As the other pictures have it: from the middle outwards. */
function axisEnds(
  middle: Vector,
  edge: Vector,
  { row, column }: Pick<ServerPicture, "row" | "column">,
): PatientPoint[] {
  const across = times(row, Math.abs(dot(minus(edge, middle), row)));
  const down = times(column, Math.abs(dot(minus(edge, middle), column)));
  return longAxisFirst([plus(middle, down), minus(middle, down), minus(middle, across), plus(middle, across)]);
}

export interface Drawn {
  tool: MeasuringTool;
  points_mm: readonly PatientPoint[];
  frameOfReferenceUid: string;
}

/** Return the numbers that follow from the points alone. */
export function geometryOf({ tool, points_mm, frameOfReferenceUid }: Drawn): Quantity[] {
  const place: Place = { on: "space", frameOfReferenceUid, points_mm };
  const [a, b, c, d] = points_mm;
  if (tool !== "EllipticalROI" || !a || !b || !c || !d) return geometricQuantities(tool, place);
  const area_mm2 = (Math.PI / 4) * norm(minus(b, a)) * norm(minus(d, c));
  return [{ concept: codes.AREA, value: area_mm2, unit: ucum("mm2", "square millimeter") }];
}

/** A raster over an ellipse: what the server is asked for to know the values inside. */
export interface Raster {
  origin: Vector;
  row: Vector;
  column: Vector;
  spacing_mm: readonly [number, number];
  size: readonly [number, number];
  isInside: (column: number, row: number) => boolean;
}

const MOST_SAMPLES_A_SIDE = 400;

/** Return samples over the ellipse no further apart than the finest voxels are, their middles counted. */
export function rasterOf([a, b, c, d]: readonly PatientPoint[], finest_mm: number): Raster | undefined {
  if (!a || !b || !c || !d) return undefined;
  const [long_mm, short_mm] = [norm(minus(b, a)), norm(minus(d, c))];
  if (!(long_mm > 0) || !(short_mm > 0)) return undefined;
  const row = times(minus(b, a), 1 / long_mm);
  const column = times(minus(d, c), 1 / short_mm);
  const n = (length_mm: number) => Math.min(MOST_SAMPLES_A_SIDE, Math.max(1, Math.ceil(length_mm / finest_mm)));
  const size = [n(long_mm), n(short_mm)] as const;
  const spacing_mm = [short_mm / size[1], long_mm / size[0]] as const;
  const middle = times(plus(a, b), 0.5);
  const start = plus(
    times(row, -((size[0] - 1) / 2) * spacing_mm[1]),
    times(column, -((size[1] - 1) / 2) * spacing_mm[0]),
  );
  const off = (index: number, count: number) => (index - (count - 1) / 2) / (count / 2);
  return {
    origin: plus(middle, start),
    row,
    column,
    spacing_mm,
    size,
    isInside: (x, y) => Math.hypot(off(x, size[0]), off(y, size[1])) <= 1,
  };
}

/** Return mean, spread and extremes of the samples inside; nothing where none of them lies in the volume. */
export function valuesInside(
  samples: Float32Array,
  { size, isInside }: Pick<Raster, "size" | "isInside">,
  { unit, modality }: Pick<SeriesDescription, "unit" | "modality">,
): Quantity[] {
  const inside = [...samples].filter(
    (value, at) => isInside(at % size[0], Math.floor(at / size[0])) && !Number.isNaN(value),
  );
  if (inside.length === 0) return [];
  const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
  const variance = inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inside.length;
  const code = ucum(unit.code, unit.meaning);
  const quantity = quantityOf(modality, code);
  const named = (derivation: codes.Code, value: number): Quantity =>
    quantity ? { concept: quantity, derivation, value, unit: code } : { concept: derivation, value, unit: code };
  return [
    named(codes.MEAN, mean),
    named(codes.STANDARD_DEVIATION, Math.sqrt(variance)),
    named(
      codes.MINIMUM,
      inside.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    ),
    named(
      codes.MAXIMUM,
      inside.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
    ),
  ];
}

/** A measurement as it falls onto a picture. */
export interface OnPicture {
  kind: Kind;
  /** Column and row in pixels of the picture, from the middle of its first one; in the order of the kind. */
  points: readonly (readonly [number, number])[];
  isClosed: boolean;
  /** Whether all of it lies in what is shown. */
  isWhole: boolean;
}

/** Return where a measurement falls, or undefined for one that does not belong on this picture. */
export function onPicture(
  { kind, place, isClosed }: Pick<Measurement, "kind" | "place" | "isClosed">,
  picture: ServerPicture,
  frameOfReferenceUid: string | null,
  thickness_mm: number,
): OnPicture | undefined {
  if (!kind || !("points_mm" in place) || !place.points_mm || place.points_mm.length === 0) return undefined;
  if (!frameOfReferenceUid || place.frameOfReferenceUid !== frameOfReferenceUid) return undefined;
  const normal = cross(picture.row, picture.column);
  const off_mm = place.points_mm.map((point) => Math.abs(dot(minus(point, picture.origin), normal)));
  const isWhole = off_mm.every((off) => off <= thickness_mm / 2 + 1e-6);
  // A length between slices is seen from everywhere, dashed; what lies in one plane only there.
  if (!isWhole && !(kind === "Length" && place.on === "space")) return undefined;
  return { kind, points: place.points_mm.map((point) => pixelOf(picture, point)), isClosed, isWhole };
}

/** Return column and row of a place, perpendicular to the picture. */
export function pixelOf(picture: ServerPicture, point_mm: Vector): readonly [number, number] {
  const from = minus(point_mm, picture.origin);
  return [dot(from, picture.row) / picture.spacing_mm[1], dot(from, picture.column) / picture.spacing_mm[0]];
}
