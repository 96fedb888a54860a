/**
 * Signed distance of every pixel of a slice from the border of a mask, in mm: negative inside.
 *
 * Exact Euclidean distance by lower envelopes of parabolas, one axis after the other.
 * Source: Felzenszwalb and Huttenlocher, Theory of Computing 8 (2012) 415-428.
 */
export interface Slice {
  columns: number;
  rows: number;
  columnSpacing_mm: number;
  rowSpacing_mm: number;
}

const FAR = 1e20;

/** Return the distances; the border lies midway between pixels inside and outside. */
export function signedDistances_mm(mask: Uint8Array, slice: Slice): Float32Array {
  const toInside = squaredDistances(mask, 1, slice);
  const toOutside = squaredDistances(mask, 0, slice);
  const half_mm = Math.min(slice.columnSpacing_mm, slice.rowSpacing_mm) / 2;
  const signed = new Float32Array(mask.length);
  for (let at = 0; at < mask.length; at += 1) {
    signed[at] =
      mask[at] === 1 ? half_mm - Math.sqrt(toOutside[at] as number) : Math.sqrt(toInside[at] as number) - half_mm;
  }
  return signed;
}

/** Return the squared distance of every pixel to the nearest one of this value; very far where there is none. */
function squaredDistances(mask: Uint8Array, value: number, slice: Slice): Float64Array {
  const { columns, rows } = slice;
  const squared = new Float64Array(mask.length);
  for (let at = 0; at < mask.length; at += 1) squared[at] = mask[at] === value ? 0 : FAR;
  const line = new Float64Array(Math.max(columns, rows));
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) line[row] = squared[row * columns + column] as number;
    const found = envelope(line.subarray(0, rows), slice.rowSpacing_mm);
    for (let row = 0; row < rows; row += 1) squared[row * columns + column] = found[row] as number;
  }
  for (let row = 0; row < rows; row += 1) {
    const start = row * columns;
    squared.set(envelope(squared.subarray(start, start + columns), slice.columnSpacing_mm), start);
  }
  return squared;
}

function envelope(heights: Float64Array, spacing_mm: number): Float64Array {
  const n = heights.length;
  const vertices = new Int32Array(n);
  const borders = new Float64Array(n + 1);
  const at = (index: number) => index * spacing_mm;
  const crossing = (q: number, v: number) =>
    ((heights[q] as number) + at(q) ** 2 - ((heights[v] as number) + at(v) ** 2)) / (2 * at(q) - 2 * at(v));
  let last = 0;
  borders[0] = Number.NEGATIVE_INFINITY;
  borders[1] = Number.POSITIVE_INFINITY;
  for (let q = 1; q < n; q += 1) {
    let s = crossing(q, vertices[last] as number);
    while (s <= (borders[last] as number)) {
      last -= 1;
      s = crossing(q, vertices[last] as number);
    }
    last += 1;
    vertices[last] = q;
    borders[last] = s;
    borders[last + 1] = Number.POSITIVE_INFINITY;
  }
  const found = new Float64Array(n);
  for (let q = 0, k = 0; q < n; q += 1) {
    while ((borders[k + 1] as number) < at(q)) k += 1;
    const vertex = vertices[k] as number;
    found[q] = (at(q) - at(vertex)) ** 2 + (heights[vertex] as number);
  }
  return found;
}
