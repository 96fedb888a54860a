/** How much larger a picture must be, and where it must go, so that a field fits its cell and it stands at an edge. */
import type { Framing } from "../layout/layout";

type Point = readonly [number, number];

/**
 * Return the factor by which the picture must grow, and the shift that puts it in its place as large as it is now.
 *
 * `corners` are two opposite ones on the screen, in CSS pixels; `across_mm` lies between them from left to right.
 */
export function framed(
  [one, other]: readonly [Point, Point],
  cell: { width: number; height: number },
  across_mm: number,
  { width_mm, height_mm, edge }: Framing,
): { factor: number; shift: Point } {
  const [left, right] = [Math.min(one[0], other[0]), Math.max(one[0], other[0])];
  const wanted_px_per_mm = Math.min(cell.width / width_mm, cell.height / height_mm);
  const factor = (wanted_px_per_mm * across_mm) / (right - left);
  const x = edge === "left" ? -left : edge === "right" ? cell.width - right : (cell.width - left - right) / 2;
  return { factor, shift: [x, (cell.height - one[1] - other[1]) / 2] };
}
