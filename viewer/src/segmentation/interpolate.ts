/**
 * Slices between marked ones, by their shapes: the signed distances to both borders, weighted by the way between them.
 *
 * Source: Raya and Udupa, IEEE Trans. Med. Imaging 9 (1990) 32-42 (shape-based interpolation).
 */
import { type Slice, signedDistances_mm } from "./distance-map";

/** A slice that is marked, and where it lies along the stack. */
export interface Known {
  position_mm: number;
  mask: Uint8Array;
}

/** Return the mask at a place between two known ones. */
export function between(below: Known, above: Known, position_mm: number, slice: Slice): Uint8Array {
  return blended(distances(below, slice), distances(above, slice), weightOf(below, above, position_mm));
}

/** Return masks for all places that lie between two marked ones; the others are undefined. */
export function interpolated(
  masks: readonly (Uint8Array | undefined)[],
  positions_mm: readonly number[],
  slice: Slice,
): (Uint8Array | undefined)[] {
  const marked = masks.flatMap((mask, index) => (mask ? [index] : []));
  const found: (Uint8Array | undefined)[] = masks.map(() => undefined);
  for (let pair = 1; pair < marked.length; pair += 1) {
    const [low, high] = [marked[pair - 1] as number, marked[pair] as number];
    if (high - low < 2) continue;
    const ends = [low, high].map((index) => ({
      position_mm: positions_mm[index] as number,
      mask: masks[index] as Uint8Array,
    })) as [Known, Known];
    const [from, to] = ends.map((end) => distances(end, slice)) as [Float32Array, Float32Array];
    for (let index = low + 1; index < high; index += 1)
      found[index] = blended(from, to, weightOf(ends[0], ends[1], positions_mm[index] as number));
  }
  return found;
}

function distances({ mask }: Known, slice: Slice): Float32Array {
  return signedDistances_mm(mask, slice);
}

function weightOf(below: Known, above: Known, position_mm: number): number {
  return (position_mm - below.position_mm) / (above.position_mm - below.position_mm);
}

function blended(from: Float32Array, to: Float32Array, weight: number): Uint8Array {
  return Uint8Array.from(from, (distance, at) => ((1 - weight) * distance + weight * (to[at] as number) < 0 ? 1 : 0));
}
