/** Whether a volume fits into the memory that this browser gives to pictures. */
import { cache } from "@cornerstonejs/core";
import { number } from "../dicomweb/json-model";
import { isUptake } from "../overlays/suv";
import type { Frame } from "../viewport/frames";
import type { RegularVolume } from "./regular-volume";

/** Thrown instead of a volume that would drive everything else out of memory. */
export class VolumeTooLarge extends Error {}

export function requireMemory({ dimensions }: RegularVolume, [first]: readonly Frame[]): void {
  const [columns, rows, images] = dimensions;
  const needed = columns * rows * images * bytesPerVoxel(first);
  const available = cache.getMaxCacheSize();
  if (needed > available) {
    throw new VolumeTooLarge(`The volume takes ${needed} bytes; ${available} are there for pictures.`);
  }
}

/** Values with fractions are kept in four bytes. */
function bytesPerVoxel(frame: Frame | undefined): number {
  if (!frame) return 4;
  const slope = number(frame.dataset, "RescaleSlope") ?? 1;
  const isWhole = Number.isInteger(slope) && !isUptake(frame.dataset);
  return isWhole ? Math.min(4, Math.ceil((number(frame.dataset, "BitsAllocated") ?? 16) / 8)) : 4;
}
