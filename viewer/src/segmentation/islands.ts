/** The parts of a mask that hang together by faces. */
import { grown } from "./grow";
import { emptyMask, type Mask } from "./volume-of-labels";

/** Return each part as the indices of its voxels, the largest first. */
export function islandsOf({ size, voxels }: Mask): Uint32Array[] {
  const [nx, ny] = size;
  const left = voxels.slice();
  const parts: Uint32Array[] = [];
  for (let at = left.indexOf(1); at >= 0; at = left.indexOf(1, at)) {
    const seed = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))] as const;
    const part = reachedFrom({ size, voxels: left }, seed);
    for (const index of part) left[index] = 0;
    parts.push(part);
  }
  return parts.sort((a, b) => b.length - a.length);
}

export function onlyLargest(mask: Mask): Mask {
  return withParts(mask, islandsOf(mask).slice(0, 1));
}

/** Return the mask without parts of fewer voxels than this. */
export function withoutSmall(mask: Mask, fewest: number): Mask {
  return withParts(
    mask,
    islandsOf(mask).filter((part) => part.length >= fewest),
  );
}

function withParts({ size }: Mask, parts: readonly Uint32Array[]): Mask {
  const made = emptyMask(size);
  for (const part of parts) for (const index of part) made.voxels[index] = 1;
  return made;
}

function reachedFrom({ size, voxels }: Mask, seed: readonly [number, number, number]): Uint32Array {
  const [nx, ny] = size;
  const { voxels: found } = grown(size, seed, (x, y, z) => voxels[x + nx * (y + ny * z)] === 1);
  const indices: number[] = [];
  for (let at = found.indexOf(1); at >= 0; at = found.indexOf(1, at + 1)) indices.push(at);
  return Uint32Array.from(indices);
}
