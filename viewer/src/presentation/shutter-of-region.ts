/** A region that was drawn as a display shutter around what it encloses. Source: DICOM PS3.3 sec. C.7.6.11. */
import type { Measurement } from "../measurements/measurement";
import type { Shutter } from "./presentation-state";

const N_VERTICES = 72;
/** Axes that differ by less than this share are those of a circle. */
const ROUND = 0.005;

/** Whether the region can be one. */
export function canBeShutter({ kind, place, isClosed }: Measurement): boolean {
  if (place.on !== "image") return false;
  return kind === "RectangleROI" || kind === "EllipticalROI" || (kind === "PlanarFreehandROI" && isClosed);
}

/** Return the shutter; edges and vertices lie on pixels that are still seen. Undefined for what encloses nothing. */
export function shutterOf({ kind, place }: Measurement): Shutter | undefined {
  if (place.on !== "image") return undefined;
  const [a, b, c, d] = place.points_px;
  if (kind === "PlanarFreehandROI") return polygon(place.points_px);
  if (!a || !b || !c || !d) return undefined;
  if (kind === "RectangleROI") {
    const isUpright = [b, c].every((corner) => corner[0] === a[0] || corner[1] === a[1]);
    if (!isUpright) return polygon([a, b, d, c]);
    const [xs, ys] = ([0, 1] as const).map((axis) => place.points_px.map((point) => point[axis]));
    const [left, right] = ends(xs ?? []);
    const [upper, lower] = ends(ys ?? []);
    return { kind: "rectangle", left, right, upper, lower };
  }
  const centre = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] as const;
  const [p, q] = [
    [(a[0] - b[0]) / 2, (a[1] - b[1]) / 2],
    [(c[0] - d[0]) / 2, (c[1] - d[1]) / 2],
  ] as const;
  const [first, second] = [Math.hypot(...p), Math.hypot(...q)];
  if (Math.abs(first / second - 1) < ROUND) {
    return { kind: "circle", row: pixel(centre[1]), column: pixel(centre[0]), radius: Math.max(1, Math.round(first)) };
  }
  return polygon(
    Array.from({ length: N_VERTICES }, (_, at) => {
      const [sine, cosine] = [Math.sin((2 * Math.PI * at) / N_VERTICES), Math.cos((2 * Math.PI * at) / N_VERTICES)];
      return [centre[0] + p[0] * cosine + q[0] * sine, centre[1] + p[1] * cosine + q[1] * sine] as const;
    }),
  );
}

/** Return the number, from 1, of the pixel that a place lies in. */
function pixel(place: number): number {
  return Math.max(1, Math.floor(place) + 1);
}

/** Return the first and the last pixel between the least and the greatest place. */
function ends(places: readonly number[]): [number, number] {
  const first = Math.max(1, Math.round(Math.min(...places)) + 1);
  return [first, Math.max(first, Math.round(Math.max(...places)))];
}

function polygon(points: readonly (readonly [number, number])[]): Shutter | undefined {
  if (points.length < 3) return undefined;
  return { kind: "polygon", vertices: points.map(([x, y]) => [pixel(y), pixel(x)] as const) };
}
