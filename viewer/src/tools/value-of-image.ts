/**
 * The value at a point of a stack, where Cornerstone's probes find none.
 *
 * They ask the image for its plane in the stack, and an image has one plane only: from the second image on the answer
 * is nothing. What they leave empty is read here.
 */
import { cache } from "@cornerstonejs/core";

interface PointStatistics {
  index?: ArrayLike<number>;
  value?: unknown;
}

const IMAGE_TARGET = "imageId:";

/** Fill in the values that are missing, by the target that each statistic is about. */
export function fillValues(statistics: Record<string, PointStatistics | undefined>): void {
  for (const [target, known] of Object.entries(statistics)) {
    if (!target.startsWith(IMAGE_TARGET) || !known?.index || known.value !== undefined) continue;
    const [column = 0, row = 0] = Array.from(known.index);
    known.value = cache.getImage(target.slice(IMAGE_TARGET.length))?.voxelManager?.getAtIJK(column, row, 0);
  }
}
