/** The pixels of one stored frame, painted onto an image's labels. */
import { eachSetBit } from "./bits";
import type { FramePlace, Raster } from "./frame-places";
import type { StoredSegmentation } from "./read-segmentation";

/** Fractional segmentations are shown where they reach this share of certainty. */
const CERTAIN_ENOUGH = 0.5;

type Coding = Pick<StoredSegmentation, "type" | "rows" | "columns" | "bitsAllocated" | "maximum" | "labelOf">;

/** Return the frame as one byte per pixel: its label where it marks. `index` is that of the frame, from 0. */
export function labelsOfFrame(bytes: Uint8Array, index: number, label: number, coding: Coding): Uint8Array {
  const nPixels = coding.rows * coding.columns;
  const labels = new Uint8Array(nPixels);
  if (coding.bitsAllocated === 1 && bytes.length < nPixels) {
    // Frames whose bits do not fill their bytes begin inside one.
    const firstBit = (index * nPixels) % 8;
    if (bytes.length * 8 < firstBit + nPixels) throw tooShort(bytes, nPixels / 8);
    eachSetBit(bytes, firstBit, nPixels, (pixel) => {
      labels[pixel] = label;
    });
    return labels;
  }
  const values = coding.bitsAllocated === 16 ? sixteenBits(bytes) : bytes;
  if (values.length < nPixels) throw tooShort(bytes, (nPixels * coding.bitsAllocated) / 8);
  const least = coding.type === "FRACTIONAL" ? Math.max(1, CERTAIN_ENOUGH * coding.maximum) : 1;
  for (let pixel = 0; pixel < nPixels; pixel += 1) {
    const value = values[pixel] as number;
    if (value < least) continue;
    labels[pixel] = coding.type === "LABELMAP" ? (coding.labelOf.get(value) ?? 0) : label;
  }
  return labels;
}

/** Return what a place of the frame gives each pixel of its image. */
export function onImage(labels: Uint8Array, stored: Raster, { map }: FramePlace, raster: Raster): Uint8Array {
  if (!map) return labels;
  const [a, b, c, d, e, f] = map;
  const found = new Uint8Array(raster.rows * raster.columns);
  for (let row = 0, at = 0; row < raster.rows; row += 1) {
    for (let column = 0; column < raster.columns; column += 1, at += 1) {
      const x = Math.round(a * column + b * row + c);
      const y = Math.round(d * column + e * row + f);
      if (x >= 0 && y >= 0 && x < stored.columns && y < stored.rows) found[at] = labels[y * stored.columns + x] ?? 0;
    }
  }
  return found;
}

/** Put marks where nothing is marked yet; false, and nothing done, where another segment has a pixel already. */
export function mergedInto(target: Uint8Array, marks: Uint8Array): boolean {
  // Most of a frame marks nothing: what lies before the first and behind the last mark is not looked at twice.
  const [first, end] = reachOf(marks);
  for (let at = first; at < end; at += 1) {
    const mark = marks[at] as number;
    if (mark !== 0 && target[at] !== 0 && target[at] !== mark) return false;
  }
  for (let at = first; at < end; at += 1) if (marks[at] !== 0) target[at] = marks[at] as number;
  return true;
}

/** Return where the first mark is, and what follows the last one; four pixels are looked at in one step. */
function reachOf(marks: Uint8Array): [first: number, end: number] {
  if (marks.byteOffset % 4 !== 0 || marks.length % 4 !== 0) return [0, marks.length];
  const words = new Uint32Array(marks.buffer, marks.byteOffset, marks.length / 4);
  let [first, end] = [0, words.length];
  while (first < end && words[first] === 0) first += 1;
  while (end > first && words[end - 1] === 0) end -= 1;
  return [4 * first, 4 * end];
}

function sixteenBits(bytes: Uint8Array): Uint16Array {
  const values = new Uint16Array(bytes.length >> 1);
  for (let at = 0; at < values.length; at += 1)
    values[at] = (bytes[2 * at] as number) | ((bytes[2 * at + 1] as number) << 8);
  return values;
}

function tooShort(bytes: Uint8Array, expected: number): Error {
  return new Error(`A frame of this segmentation has ${bytes.length} bytes; ${Math.ceil(expected)} were expected.`);
}
