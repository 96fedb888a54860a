/**
 * Whether frames make a regular volume, and if not, why.
 *
 * Source: DICOM PS3.3 sec. C.7.6.2.1.1 (Image Position and Orientation): one orientation, one raster, equal steps
 * along the normal.
 */
import { type Keyword, number, text } from "../dicomweb/json-model";
import { dot, minus, norm, times, type Vector } from "../overlays/vectors";
import { type Frame, pixelSpacing_mm, planeOf } from "../viewport/frames";

export type Irregularity =
  | { reason: "few"; found: number; expected: number }
  | { reason: "colour" }
  | { reason: "unplaced"; image: number }
  | { reason: "raster"; image: number; found: string; expected: string }
  | { reason: "orientation"; image: number; found_deg: number }
  | { reason: "spacing"; image: number; found: string; expected: string }
  | { reason: "space"; image: number }
  | { reason: "repeated"; image: number; nTimes: number }
  | { reason: "gap"; image: number; found_mm: number; expected_mm: number }
  | { reason: "tilt"; found_deg: number };

export interface RegularVolume {
  origin_mm: Vector;
  row: Vector;
  column: Vector;
  normal: Vector;
  /** Between columns, rows and images. */
  spacing_mm: Vector;
  /** Numbers of columns, rows and images. */
  dimensions: readonly [number, number, number];
}

const FEWEST = 3;
/** Steps may differ by this share of the usual one: headers are rounded. */
const STEP_TOLERANCE = 0.02;
const DIRECTION_TOLERANCE = 1e-3;
const SPACING_TOLERANCE_MM = 1e-3;
const TILT_TOLERANCE_DEG = 0.5;

/** Return the volume's geometry, or the first thing in the order of reading that no volume can have. */
export function regularVolume(frames: readonly Frame[]): RegularVolume | Irregularity {
  const [first] = frames;
  if (!first || frames.length < FEWEST) return { reason: "few", found: frames.length, expected: FEWEST };
  if ((number(first.dataset, "SamplesPerPixel") ?? 1) > 1) return { reason: "colour" };
  const known = frames.findIndex((frame) => !planeOf(frame) || !inPatient(frame));
  if (known >= 0) return { reason: "unplaced", image: known + 1 };
  return (
    differing(frames, first) ??
    stepped(
      frames.map((frame) => ({ ...sure(planeOf(frame)), spacing: sure(inPatient(frame)) })),
      first,
    )
  );
}

export function isRegular(found: RegularVolume | Irregularity): found is RegularVolume {
  return !("reason" in found);
}

/** Raster, direction, spacing and frame of reference must be those of the first image. */
function differing(frames: readonly Frame[], first: Frame): Irregularity | undefined {
  const [plane, spacing] = [sure(planeOf(first)), sure(inPatient(first))];
  const shape = (frame: Frame) => `${cell(frame, "Columns")} × ${cell(frame, "Rows")}`;
  const apart = ({ row, column }: { row: number; column: number }) => `${row} × ${column} mm`;
  for (const [index, frame] of frames.entries()) {
    const image = index + 1;
    if (shape(frame) !== shape(first)) return { reason: "raster", image, found: shape(frame), expected: shape(first) };
    const own = sure(planeOf(frame));
    const turned = Math.max(norm(minus(own.row, plane.row)), norm(minus(own.column, plane.column)));
    if (turned > DIRECTION_TOLERANCE) return { reason: "orientation", image, found_deg: degrees(turned) };
    const its = sure(inPatient(frame));
    const off = Math.max(Math.abs(its.row - spacing.row), Math.abs(its.column - spacing.column));
    if (off > SPACING_TOLERANCE_MM) return { reason: "spacing", image, found: apart(its), expected: apart(spacing) };
    if (text(frame.dataset, "FrameOfReferenceUID") !== text(first.dataset, "FrameOfReferenceUID")) {
      return { reason: "space", image };
    }
  }
  return undefined;
}

interface Placed {
  row: Vector;
  column: Vector;
  normal: Vector;
  position_mm: Vector;
  spacing: { row: number; column: number };
}

function stepped(planes: readonly Placed[], first: Frame): RegularVolume | Irregularity {
  const { row, column, normal, spacing } = sure(planes[0]);
  const placed = planes
    .map((plane, index) => ({ ...plane, image: index + 1, height_mm: dot(plane.position_mm, normal) }))
    .sort((a, b) => a.height_mm - b.height_mm);
  const steps = placed.slice(1).map((plane, index) => ({
    ...plane,
    step_mm: plane.height_mm - sure(placed[index]).height_mm,
    shift: minus(plane.position_mm, sure(placed[index]).position_mm),
  }));
  const usual_mm = median(steps.map(({ step_mm }) => step_mm));
  const same = steps.find(({ step_mm }) => step_mm < 1e-3);
  if (same) {
    const nTimes = placed.filter(({ height_mm }) => Math.abs(height_mm - same.height_mm) < 1e-3).length;
    return { reason: "repeated", image: same.image, nTimes };
  }
  const gap = steps.find(({ step_mm }) => Math.abs(step_mm - usual_mm) > STEP_TOLERANCE * usual_mm);
  if (gap) return { reason: "gap", image: gap.image, found_mm: gap.step_mm, expected_mm: usual_mm };
  const sideways = (shift: Vector, step_mm: number) => degrees(norm(minus(shift, times(normal, step_mm))) / step_mm);
  const found_deg = Math.max(...steps.map(({ shift, step_mm }) => sideways(shift, step_mm)));
  if (found_deg > TILT_TOLERANCE_DEG) return { reason: "tilt", found_deg };
  return {
    origin_mm: sure(placed[0]).position_mm,
    row,
    column,
    normal,
    spacing_mm: [spacing.column, spacing.row, usual_mm],
    dimensions: [cell(first, "Columns"), cell(first, "Rows"), planes.length],
  };
}

function inPatient(frame: Frame) {
  const spacing = pixelSpacing_mm(frame);
  return spacing?.isAtDetector ? undefined : spacing;
}

function cell(frame: Frame, keyword: Keyword): number {
  return number(frame.dataset, keyword) ?? 0;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sure(sorted[Math.floor(sorted.length / 2)]);
}

function degrees(tangent: number): number {
  return (Math.atan(tangent) * 180) / Math.PI;
}

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The geometry of this series was checked and is gone.");
  return value;
}
