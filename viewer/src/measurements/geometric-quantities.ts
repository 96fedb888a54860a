/** Lengths and angles from points alone, for measurements whose numbers nobody has computed yet. */
import * as codes from "../structured-report/codes";
import { ucum } from "../structured-report/codes";
import type { Kind, Place, Quantity } from "./measurement";

const MM = ucum("mm", "millimeter");
const PIXELS = ucum("{pixels}", "pixels");
const DEGREE = ucum("deg", "degree");

/** Return the quantities that follow from the points: in mm where the patient is known, else in pixels. */
export function geometricQuantities(kind: Kind, place: Place): Quantity[] {
  if (place.on === "nothing" || place.on === "segment") return [];
  const points: readonly (readonly number[])[] = place.points_mm ?? (place.on === "image" ? place.points_px : []);
  const unit = place.points_mm ? MM : PIXELS;
  const [a, b, c, d] = points;
  if (!a || !b) return [];
  if (kind === "Length") return [{ concept: codes.LENGTH, value: distance(a, b), unit }];
  if (kind === "Angle" && c)
    return [{ concept: codes.ANGLE, value: angle_deg(between(b, a), between(b, c)), unit: DEGREE }];
  if (!c || !d) return [];
  if (kind === "CobbAngle") {
    const angle = angle_deg(between(a, b), between(c, d));
    return [{ concept: codes.COBB_ANGLE, value: Math.min(angle, 180 - angle), unit: DEGREE }];
  }
  if (kind === "Bidirectional") {
    return [
      { concept: codes.LONG_AXIS, value: distance(a, b), unit },
      { concept: codes.SHORT_AXIS, value: distance(c, d), unit },
    ];
  }
  return [];
}

function between(from: readonly number[], to: readonly number[]): number[] {
  return to.map((value, axis) => value - (from[axis] ?? 0));
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...between(a, b));
}

function angle_deg(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, axis) => sum + value * (b[axis] ?? 0), 0);
  const cosine = product / (Math.hypot(...a) * Math.hypot(...b));
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}
