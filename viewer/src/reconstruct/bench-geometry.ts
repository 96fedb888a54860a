/** Where pixels of a result lie in the patient, and the other way; slices that lie together. */
import type { Result } from "./reconstruct-api";

export type Point = readonly [x: number, y: number, z: number];

function column(result: Result, index: number): [number, number, number] {
  const [a, b, c] = result.affine_mm;
  return [a?.[index] ?? 0, b?.[index] ?? 0, c?.[index] ?? 0];
}

/** How far a point lies along an axis of the image, in voxels; the axes stand square on each other. */
function along(result: Result, axis: 0 | 1 | 2, point: Point): number {
  const direction = column(result, axis);
  const origin = column(result, 3);
  const square = direction.reduce((sum, part) => sum + part * part, 0);
  return square ? direction.reduce((sum, part, i) => sum + part * ((point[i] ?? 0) - (origin[i] ?? 0)), 0) / square : 0;
}

export function pixelOf(result: Result, point: Point): { column: number; row: number } {
  return { column: along(result, 0, point), row: along(result, 1, point) };
}

export function pointOf(result: Result, pixel: { column: number; row: number }, slice: number): Point {
  const [x, y, z, origin] = [0, 1, 2, 3].map((index) => column(result, index)) as [Column, Column, Column, Column];
  const at = (i: 0 | 1 | 2) => origin[i] + pixel.column * x[i] + pixel.row * y[i] + slice * z[i];
  return [at(0), at(1), at(2)];
}
type Column = [number, number, number];

/** Return the slice of another result that lies nearest to one of this; the same number where slices are no places. */
export function sliceBeside(from: Result, slice: number, to: Result): number {
  const last = (to.shape[0] ?? 1) - 1;
  const found = Math.round(along(to, 2, pointOf(from, { column: 0, row: 0 }, slice)));
  return Math.min(last, Math.max(0, last === 0 ? 0 : found));
}

export function middleOf(result: Result): Point {
  const [slices = 1, rows = 1, columns = 1] = result.shape;
  return pointOf(result, { column: (columns - 1) / 2, row: (rows - 1) / 2 }, Math.floor((slices - 1) / 2));
}

/** Whether two results are the same quantity on the same voxels, so that one can be taken off the other. */
export function isSamePlace(a: Result, b: Result): boolean {
  const flat = (result: Result) => [...result.shape, ...result.affine_mm.flat()];
  const [mine, theirs] = [flat(a), flat(b)];
  return (
    a.quantity === b.quantity &&
    a.unit === b.unit &&
    mine.length === theirs.length &&
    mine.every((v, i) => Math.abs(v - (theirs[i] ?? 0)) < 1e-6)
  );
}

/** Return the square region between two corners, as the parameters of a method name it; undefined if it is too small. */
export function regionBetween(
  a: Point,
  b: Point,
): { fov_mm: number; center_x_mm: number; center_y_mm: number } | undefined {
  const width = Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
  if (width < 1) return undefined;
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    fov_mm: round(width),
    center_x_mm: round(a[0] + (Math.sign(b[0] - a[0]) * width) / 2),
    center_y_mm: round(a[1] + (Math.sign(b[1] - a[1]) * width) / 2),
  };
}
