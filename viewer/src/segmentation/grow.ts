/**
 * What hangs together with a place and has values in a range: neighbours share a face.
 *
 * Filled line by line (Smith, Tint fill, SIGGRAPH 1979, in three dimensions): every line is looked at a few times only.
 */
import type { Mask } from "./volume-of-labels";
import { emptyMask } from "./volume-of-labels";

export type Place = readonly [number, number, number];

/** Return all voxels that are reached from `seed`; `isIn` is asked for images of x, y, z within the size. */
export function grown(size: Mask["size"], seed: Place, isIn: (x: number, y: number, z: number) => boolean): Mask {
  const [nx, ny, nz] = size;
  const mask = emptyMask(size);
  const { voxels } = mask;
  const [sx, sy, sz] = seed;
  const isInside = sx >= 0 && sy >= 0 && sz >= 0 && sx < nx && sy < ny && sz < nz;
  if (!isInside || !isIn(sx, sy, sz)) return mask;
  const stack: number[] = [sx + nx * (sy + ny * sz)];
  while (stack.length > 0) {
    const start = stack.pop() as number;
    if (voxels[start] === 1) continue;
    const z = Math.floor(start / (nx * ny));
    const y = Math.floor(start / nx) % ny;
    const line = nx * (y + ny * z);
    let [first, last] = [start - line, start - line];
    while (first > 0 && voxels[line + first - 1] === 0 && isIn(first - 1, y, z)) first -= 1;
    while (last < nx - 1 && voxels[line + last + 1] === 0 && isIn(last + 1, y, z)) last += 1;
    voxels.fill(1, line + first, line + last + 1);
    const look = (ly: number, lz: number) => {
      const other = nx * (ly + ny * lz);
      let wasIn = false;
      for (let x = first; x <= last; x += 1) {
        const now = voxels[other + x] === 0 && isIn(x, ly, lz);
        if (now && !wasIn) stack.push(other + x);
        wasIn = now;
      }
    };
    if (y > 0) look(y - 1, z);
    if (y < ny - 1) look(y + 1, z);
    if (z > 0) look(y, z - 1);
    if (z < nz - 1) look(y, z + 1);
  }
  return mask;
}
