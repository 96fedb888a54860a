/** Where one picture's rectangle crosses the plane of another: the reference line. */
import { dot, minus, norm, plus, times, type Vector } from "../overlays/vectors";

/** Below this distance in mm two points are one. */
const SAME_MM = 1e-6;

/** Return both ends of the line in mm, or undefined where the rectangle does not reach the plane or lies in it. */
export function crossing(
  corners_mm: readonly Vector[],
  origin_mm: Vector,
  normal: Vector,
): readonly [Vector, Vector] | undefined {
  const heights = corners_mm.map((corner) => dot(minus(corner, origin_mm), normal));
  if (heights.every((height) => Math.abs(height) < SAME_MM)) return undefined;
  const points: Vector[] = [];
  corners_mm.forEach((corner, index) => {
    const next = (index + 1) % corners_mm.length;
    const [from, to, end] = [heights[index] ?? 0, heights[next] ?? 0, corners_mm[next] ?? corner];
    if (from * to > 0 || from === to) return;
    const point = plus(corner, times(minus(end, corner), from / (from - to)));
    if (points.every((known) => norm(minus(known, point)) > SAME_MM)) points.push(point);
  });
  const [first, second] = points;
  return first && second ? [first, second] : undefined;
}
