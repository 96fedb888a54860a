/**
 * How places of one frame of reference are found in another one, by the study's registration objects.
 *
 * Source: DICOM PS3.3 sec. A.39.1 and C.20.2 (Spatial Registration): each item's matrices lead from its frame of
 * reference to that of the object, in the order of their sequence; row by row, in mm.
 */
import { type Dataset, items, numbers, text } from "../dicomweb/json-model";
import type { Vector } from "../overlays/vectors";

const SPATIAL_REGISTRATION = "1.2.840.10008.5.1.4.1.1.66.1";

/** Rows of a matrix from one frame of reference to another: the last row is 0, 0, 0, 1. */
export type Matrix = readonly (readonly number[])[];

export const IDENTITY: Matrix = [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => (row === column ? 1 : 0)));

interface Way {
  from: string;
  to: string;
  matrix: Matrix;
}

/** Return the ways that registration objects know, each in both directions. */
export function waysOf(registrations: readonly Dataset[]): Way[] {
  return registrations
    .filter((one) => text(one, "SOPClassUID") === SPATIAL_REGISTRATION)
    .flatMap((registration) => {
      const to = text(registration, "FrameOfReferenceUID");
      return items(registration, "RegistrationSequence").flatMap((item) => {
        const from = text(item, "FrameOfReferenceUID");
        const matrix = matrixOf(item);
        const back = matrix && inverse(matrix);
        return from && to && from !== to && back
          ? [
              { from, to, matrix },
              { from: to, to: from, matrix: back },
            ]
          : [];
      });
    });
}

/** Return the matrix that leads from one frame of reference to another, or undefined where no object knows a way. */
export function wayBetween(ways: readonly Way[], from: string, to: string): Matrix | undefined {
  if (!from || !to) return undefined;
  const reached = new Map<string, Matrix>([[from, IDENTITY]]);
  // A map grows while it is walked: what is reached is walked on from.
  for (const [place, matrix] of reached) {
    for (const way of ways) {
      if (way.from === place && !reached.has(way.to)) reached.set(way.to, product(way.matrix, matrix));
    }
  }
  return reached.get(to);
}

/** Where a volume lies: its first voxel, its spacings, and the directions of its axes one after the other. */
export interface Lattice {
  origin: Vector;
  spacing: Vector;
  direction: readonly number[];
}

const SQUARE = 1e-3;

/** Return where a volume lies after a way, or undefined where the way shears it: its axes are at right angles no more. */
export function moved({ origin, spacing, direction }: Lattice, matrix: Matrix): Lattice | undefined {
  const axes = [0, 1, 2].map((axis) => turned(matrix, direction.slice(3 * axis, 3 * axis + 3)));
  const lengths = axes.map((axis) => Math.hypot(...axis));
  const units = axes.map((axis, k) => axis.map((part) => part / (lengths[k] ?? 1)));
  const cosine = (a = 0, b = 0) => (units[a] ?? []).reduce((sum, part, k) => sum + part * (units[b]?.[k] ?? 0), 0);
  if (
    lengths.some((length) => !(length > 0)) ||
    [cosine(0, 1), cosine(0, 2), cosine(1, 2)].some((c) => Math.abs(c) > SQUARE)
  ) {
    return undefined;
  }
  const start = turned(matrix, origin).map((part, k) => part + (matrix[k]?.[3] ?? 0));
  const at = (list: readonly number[], k: number) => list[k] ?? 0;
  return {
    origin: [at(start, 0), at(start, 1), at(start, 2)],
    spacing: [spacing[0] * at(lengths, 0), spacing[1] * at(lengths, 1), spacing[2] * at(lengths, 2)],
    direction: units.flat(),
  };
}

function turned(matrix: Matrix, vector: readonly number[]): number[] {
  return [0, 1, 2].map((row) => [0, 1, 2].reduce((sum, k) => sum + (matrix[row]?.[k] ?? 0) * (vector[k] ?? 0), 0));
}

function matrixOf(item: Dataset): Matrix | undefined {
  const parts = items(items(item, "MatrixRegistrationSequence")[0], "MatrixSequence").map((one) =>
    numbers(one, "FrameOfReferenceTransformationMatrix"),
  );
  if (parts.length === 0 || parts.some((values) => values.length !== 16 || !values.every(Number.isFinite))) {
    return undefined;
  }
  return parts
    .map((values): Matrix => [0, 4, 8, 12].map((start) => values.slice(start, start + 4)))
    .reduce((before, next) => product(next, before), IDENTITY);
}

function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    [0, 1, 2, 3].map((column) => row.reduce((sum, part, k) => sum + part * (b[k]?.[column] ?? 0), 0)),
  );
}

/** Return the matrix back, or undefined where there is none: by Cramer's rule for the turn, then the shift. */
function inverse(matrix: Matrix): Matrix | undefined {
  const m = (row: number, column: number) => matrix[row]?.[column] ?? 0;
  const cofactor = (row: number, column: number) => {
    const [r1, r2, c1, c2] = [(row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3];
    return m(r1, c1) * m(r2, c2) - m(r1, c2) * m(r2, c1);
  };
  const determinant = m(0, 0) * cofactor(0, 0) + m(0, 1) * cofactor(0, 1) + m(0, 2) * cofactor(0, 2);
  if (Math.abs(determinant) < 1e-9) return undefined;
  const rows = [0, 1, 2].map((row) => [0, 1, 2].map((column) => cofactor(column, row) / determinant));
  const shift = rows.map((row) => -row.reduce((sum, part, k) => sum + part * m(k, 3), 0));
  return [...rows.map((row, k) => [...row, shift[k] ?? 0]), [0, 0, 0, 1]];
}
