/** The frames of a stored segmentation, fetched image by image, those that are looked at first. */
import { type FramePlace, placesOf } from "./frame-places";
import { labelsOfFrame, mergedInto, onImage } from "./paint-frame";
import type { StoredSegmentation } from "./read-segmentation";
import type { Segmentation } from "./Segmentation";

/** Bytes that are fetched at a time: enough that requests do not count, few enough that the page stays awake. */
const BLOCK_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 200;

type FetchFrames = (numbers: readonly number[]) => Promise<Uint8Array[]>;

/**
 * Fetch all frames, from those on the image `looksAt` outwards; returns how many frames lie on no image.
 *
 * The others wait until `afterFirst` has ended.
 */
export async function loadFrames(
  stored: StoredSegmentation,
  segmentation: Segmentation,
  fetchFrames: FetchFrames,
  looksAt: () => number,
  afterFirst: () => Promise<void> = () => Promise.resolve(),
  isWanted: () => boolean = () => true,
): Promise<{ nUnplaced: number }> {
  const places = placesOf(stored, segmentation.images, segmentation.raster);
  const nUnplaced = places.filter((found) => found.length === 0).length;
  const waiting = new Map<number, number[]>();
  for (const [index, found] of places.entries()) {
    // A frame on several images comes with the first of them.
    const image = found[0]?.image;
    if (image !== undefined) waiting.set(image, [...(waiting.get(image) ?? []), index]);
  }
  const frameBytes = Math.ceil((stored.rows * stored.columns * stored.bitsAllocated) / 8);
  const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(BLOCK_BYTES / frameBytes)));
  let isFirst = true;
  while (waiting.size > 0 && isWanted()) {
    const block = nearest(waiting, looksAt(), isFirst ? 1 : atOnce);
    const bytes = await fetchFrames(block.map((index) => index + 1));
    if (!isWanted()) break;
    const changed = new Set<number>();
    for (const [at, index] of block.entries()) {
      const frame = stored.frames[index];
      const content = bytes[at];
      if (!frame || !content) continue;
      const labels = labelsOfFrame(content, index, frame.label, stored);
      for (const place of places[index] ?? []) {
        paint(segmentation, stored, labels, place);
        changed.add(place.image);
      }
    }
    segmentation.take([...changed]);
    if (isFirst) await afterFirst();
    isFirst = false;
  }
  return { nUnplaced };
}

/** Take the frames of the images nearest to one out of those that wait, whole images, until `atLeast` are together. */
function nearest(waiting: Map<number, number[]>, image: number, atLeast: number): number[] {
  const taken: number[] = [];
  const order = [...waiting.keys()].sort((a, b) => Math.abs(a - image) - Math.abs(b - image));
  for (const key of order) {
    taken.push(...(waiting.get(key) ?? []));
    waiting.delete(key);
    if (taken.length >= atLeast) break;
  }
  return taken;
}

/** A frame that meets the pixels of another segment goes to the first layer where it does not. */
function paint(segmentation: Segmentation, stored: StoredSegmentation, labels: Uint8Array, place: FramePlace): void {
  const marks = onImage(labels, stored, place, segmentation.raster);
  for (const layer of segmentation.layers) if (mergedInto(layer[place.image] as Uint8Array, marks)) return;
  mergedInto(segmentation.addLayer()[place.image] as Uint8Array, marks);
}
