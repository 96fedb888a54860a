/** Between pixels of an image and places in its viewport. */
import { type ImageGeometry, toPatient } from "../measurements/image-geometry";
import type { Vector } from "../overlays/vectors";
import type { PixelPoint } from "./strain-api";

export interface PixelsOnScreen {
  toScreen: (point: PixelPoint) => readonly [number, number];
  toPixel: (x: number, y: number) => PixelPoint;
}

/** Over so many pixels directions are measured: enough that rounding does not count. */
const BASELINE_PX = 100;

/** `project` gives the place of a point in the patient, in CSS pixels of the viewport. */
export function pixelsOnScreen(
  project: (point_mm: Vector) => readonly [number, number],
  geometry: ImageGeometry,
): PixelsOnScreen {
  // A point of an image lies half a pixel from its corner.
  const at = (column: number, row: number) => project(toPatient(geometry, [column + 0.5, row + 0.5]));
  const [x0, y0] = at(0, 0);
  const [xa, ya] = at(BASELINE_PX, 0);
  const [xb, yb] = at(0, BASELINE_PX);
  const [ax, ay] = [(xa - x0) / BASELINE_PX, (ya - y0) / BASELINE_PX];
  const [bx, by] = [(xb - x0) / BASELINE_PX, (yb - y0) / BASELINE_PX];
  const area = ax * by - ay * bx;
  return {
    toScreen: ([column, row]) => [x0 + column * ax + row * bx, y0 + column * ay + row * by],
    toPixel: (x, y) => [((x - x0) * by - (y - y0) * bx) / area, ((y - y0) * ax - (x - x0) * ay) / area],
  };
}
