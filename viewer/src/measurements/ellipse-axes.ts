/** One order for the four ends of an ellipse's axes, whatever way it was drawn. */
import type { ImagePoint } from "./measurement";

/** Return [lower, upper, left, right]: first the axis that runs more along the columns, as seen on the unturned image. */
export function orderedOnImage(points: readonly ImagePoint[]): ImagePoint[] {
  const [a, b, c, d] = points;
  if (!a || !b || !c || !d) throw new RangeError(`An ellipse has four points; here are ${points.length}.`);
  const isFirstUpright = steepness(a, b) >= steepness(c, d);
  const [upright, level] = isFirstUpright ? [[a, b] as const, [c, d] as const] : [[c, d] as const, [a, b] as const];
  const [lower, upper] = upright[0][1] >= upright[1][1] ? upright : [upright[1], upright[0]];
  const [left, right] = level[0][0] <= level[1][0] ? level : [level[1], level[0]];
  return [lower, upper, left, right];
}

/** Return the points with the ends of the longer axis first. Source: DICOM PS3.3 sec. C.18.6.1.2 (ELLIPSE). */
export function longAxisFirst<Point extends readonly number[]>(points: readonly Point[]): Point[] {
  const [a, b, c, d] = points;
  if (!a || !b || !c || !d) throw new RangeError(`An ellipse has four points; here are ${points.length}.`);
  return distance(a, b) >= distance(c, d) ? [a, b, c, d] : [c, d, a, b];
}

function steepness(a: ImagePoint, b: ImagePoint): number {
  return Math.abs(a[1] - b[1]) / (Math.hypot(a[0] - b[0], a[1] - b[1]) || 1);
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, axis) => value - (b[axis] ?? 0)));
}
