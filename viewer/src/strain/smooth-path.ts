/** A smooth line through points as an SVG path. */

/**
 * Return cubic pieces through all points (Catmull-Rom).
 *
 * Source: Catmull and Rom, Computer Aided Geometric Design (1974) 317; as Bezier pieces a sixth of the way of neighbours.
 */
export function smoothPath(points: readonly (readonly [number, number])[]): string {
  const [first] = points;
  if (!first) return "";
  const at = (index: number) => points[Math.min(Math.max(index, 0), points.length - 1)] ?? first;
  const pieces = points.slice(1).map((to, index) => {
    const [before, from, after] = [at(index - 1), at(index), at(index + 2)];
    const control = (axis: 0 | 1) =>
      [from[axis] + (to[axis] - before[axis]) / 6, to[axis] - (after[axis] - from[axis]) / 6] as const;
    const [x, y] = [control(0), control(1)];
    return `C${[x[0], y[0], x[1], y[1], ...to].map(rounded).join(" ")}`;
  });
  return `M${first.map(rounded).join(" ")}${pieces.join("")}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
