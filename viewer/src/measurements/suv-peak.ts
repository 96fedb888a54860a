/**
 * SUV peak: the highest mean over a sphere of one cubic centimetre whose centre is a pixel of the region.
 *
 * Source: Wahl et al., J. Nucl. Med. 50 (2009) 122S-150S (PERCIST); DICOM PS3.16 (126031, DCM, Peak Value Within ROI).
 */
import { type ImageGeometry, toImage, toPatient } from "./image-geometry";
import type { ImagePoint, Measurement } from "./measurement";

/** Radius of a sphere of 1 cm3. */
export const RADIUS_MM = 10 * (3 / (4 * Math.PI)) ** (1 / 3);

/** One slice and its standardised uptake values, row after row. */
export interface Slice {
  geometry: ImageGeometry;
  rows: number;
  columns: number;
  values: ArrayLike<number>;
}

/**
 * Return the peak, or undefined where no sphere about the region lies wholly in the slices.
 *
 * `at` is the slice of the region; slices are those of one stack that reach at least a radius to both sides.
 */
export function suvPeak(region: Measurement, at: Slice, slices: readonly Slice[]): number | undefined {
  let peak: number | undefined;
  for (const center of pixelsInside(region, at)) {
    const mean = meanInSphere(toPatient(at.geometry, center), slices);
    if (mean !== undefined && (peak === undefined || mean > peak)) peak = mean;
  }
  return peak;
}

function meanInSphere(center: readonly [number, number, number], slices: readonly Slice[]): number | undefined {
  let [sum, n] = [0, 0];
  for (const { geometry, rows, columns, values } of slices) {
    const { point_px, distance_mm } = toImage(geometry, center);
    if (distance_mm > RADIUS_MM) continue;
    const inPlane_mm = Math.sqrt(RADIUS_MM ** 2 - distance_mm ** 2);
    const reach = [inPlane_mm / geometry.columnSpacing_mm, inPlane_mm / geometry.rowSpacing_mm] as const;
    const [x, y] = [point_px[0] - 0.5, point_px[1] - 0.5];
    for (let row = Math.ceil(y - reach[1]); row <= y + reach[1]; row += 1) {
      for (let column = Math.ceil(x - reach[0]); column <= x + reach[0]; column += 1) {
        const across_mm = (column - x) * geometry.columnSpacing_mm;
        const down_mm = (row - y) * geometry.rowSpacing_mm;
        if (Math.hypot(across_mm, down_mm) > inPlane_mm) continue;
        if (row < 0 || column < 0 || row >= rows || column >= columns) return undefined;
        sum += values[row * columns + column] ?? 0;
        n += 1;
      }
    }
  }
  return n > 0 ? sum / n : undefined;
}

/** Yield the centres of the pixels in the region. */
function* pixelsInside(region: Measurement, { rows, columns }: Slice): Generator<ImagePoint> {
  if (region.place.on !== "image") return;
  const outline = outlineOf(region, region.place.points_px);
  const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
  const from = (edges: number[]) => Math.max(0, Math.floor(Math.min(...edges)));
  const to = (edges: number[], n: number) => Math.min(n - 1, Math.floor(Math.max(...edges)));
  for (let row = from(ys); row <= to(ys, rows); row += 1) {
    for (let column = from(xs); column <= to(xs, columns); column += 1) {
      if (isInside(outline, column + 0.5, row + 0.5)) yield [column + 0.5, row + 0.5];
    }
  }
}

const N_ON_ELLIPSE = 180;

function outlineOf({ kind }: Measurement, points: readonly ImagePoint[]): readonly ImagePoint[] {
  const [a, b, c, d] = points;
  if (kind === "RectangleROI" && a && b && c && d) return [a, b, d, c];
  if (kind !== "EllipticalROI" || !a || !b || !c || !d) return points;
  const center = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] as const;
  return Array.from({ length: N_ON_ELLIPSE }, (_, step) => {
    const angle_rad = (2 * Math.PI * step) / N_ON_ELLIPSE;
    const [cos, sin] = [Math.cos(angle_rad) / 2, Math.sin(angle_rad) / 2];
    return [
      center[0] + cos * (b[0] - a[0]) + sin * (d[0] - c[0]),
      center[1] + cos * (b[1] - a[1]) + sin * (d[1] - c[1]),
    ] as const;
  });
}

/** Whether a point lies in a polygon, by counting the edges to its right. */
function isInside(outline: readonly ImagePoint[], x: number, y: number): boolean {
  return outline.reduce((isIn, [x1, y1], at) => {
    const [x2, y2] = outline[(at + 1) % outline.length] as ImagePoint;
    const crosses = y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1;
    return crosses ? !isIn : isIn;
  }, false);
}
