/**
 * Between the pixels of an image and the patient.
 *
 * Source: DICOM PS3.3 sec. C.7.6.2.1.1 (pixel to patient), C.18.6.1.2 (columns and rows from the corner of the image).
 */
import { cross, dot, minus, norm, type Vector } from "../overlays/vectors";
import type { ImagePoint, PatientPoint } from "./measurement";

export interface ImageGeometry {
  /** Directions in which columns and rows count up. */
  alongRow: Vector;
  alongColumn: Vector;
  /** Centre of the first pixel. */
  position_mm: Vector;
  columnSpacing_mm: number;
  rowSpacing_mm: number;
}

/** An image that does not say where it lies is laid out as Cornerstone does it: in the plane z = 0. */
export const UNPLACED: ImageGeometry = {
  alongRow: [1, 0, 0],
  alongColumn: [0, 1, 0],
  position_mm: [0, 0, 0],
  columnSpacing_mm: 1,
  rowSpacing_mm: 1,
};

/** Return the point on the image, in single precision, and how far `point` lies off its plane. */
export function toImage(geometry: ImageGeometry, point: PatientPoint): { point_px: ImagePoint; distance_mm: number } {
  const { alongRow: a, alongColumn: b } = geometry;
  const offset = minus(point, geometry.position_mm);
  // Stored directions are rounded: solving for both takes their length and angle as they are.
  const [aa, ab, bb, pa, pb] = [dot(a, a), dot(a, b), dot(b, b), dot(offset, a), dot(offset, b)];
  const scale = 1 / (aa * bb - ab * ab);
  const column = ((pa * bb - pb * ab) * scale) / geometry.columnSpacing_mm + 0.5;
  const row = ((pb * aa - pa * ab) * scale) / geometry.rowSpacing_mm + 0.5;
  const normal = cross(a, b);
  return {
    point_px: [Math.fround(column), Math.fround(row)],
    distance_mm: Math.abs(dot(offset, normal)) / norm(normal),
  };
}

export function toPatient(geometry: ImageGeometry, [column, row]: ImagePoint): PatientPoint {
  const { alongRow, alongColumn, position_mm } = geometry;
  const [x, y] = [(column - 0.5) * geometry.columnSpacing_mm, (row - 0.5) * geometry.rowSpacing_mm];
  const along = (axis: 0 | 1 | 2) => position_mm[axis] + x * alongRow[axis] + y * alongColumn[axis];
  return [along(0), along(1), along(2)];
}
