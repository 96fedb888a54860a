/** Which image to fetch next: first those that come up when people go on reading as they do. */

/** What lies behind counts as so many times farther away. */
const BEHIND = 3;

/**
 * Return the index of the image that is most likely to be looked at next, or undefined when none is missing.
 *
 * `direction` is 1 towards the end, -1 towards the start, and 0 when nobody has moved yet. Images farther than `reach`
 * from the current one are left alone: they would drive others out of memory.
 */
export function nextToFetch(
  isMissing: (index: number) => boolean,
  nImages: number,
  current: number,
  direction: -1 | 0 | 1,
  reach = nImages,
): number | undefined {
  let best: number | undefined;
  let nearest = Number.POSITIVE_INFINITY;
  for (let index = Math.max(0, current - reach); index < Math.min(nImages, current + reach + 1); index += 1) {
    if (!isMissing(index)) continue;
    const offset = index - current;
    const isBehind = offset * direction < 0;
    const distance = Math.abs(offset) * (isBehind ? BEHIND : 1);
    if (distance < nearest) [best, nearest] = [index, distance];
  }
  return best;
}

/** Return how many images to each side fit into a share of the memory for pictures. */
export function reachOf(image_bytes: number, memory_bytes: number): number {
  const SHARE = 0.5;
  return Math.max(8, Math.floor((memory_bytes * SHARE) / Math.max(1, image_bytes) / 2));
}
