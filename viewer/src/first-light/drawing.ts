/**
 * Stored samples to what a screen shows: rescaled, windowed, fitted into a rectangle of pixels of the screen.
 *
 * Source: DICOM PS3.3 sec. C.11.1.1.2 (rescale), C.11.2.1.2 (window), C.7.6.3.1.2 (MONOCHROME1), PS3.5 sec. 8.1.1
 * (samples in their allocated bits). Rows and columns keep their proportions, and the picture fills its rectangle in
 * one direction, as in the viewport that follows; values between pixels are interpolated before the window is applied.
 */
import type { ValueRange } from "../tools/window";

export interface Stored {
  columns: number;
  rows: number;
  bitsAllocated: 8 | 16;
  bitsStored: number;
  highBit: number;
  isSigned: boolean;
  slope: number;
  intercept: number;
}

/** Return the rescaled values of a frame, row after row. Throws for bytes that are not as many as the header says. */
export function valuesOf(bytes: Uint8Array, stored: Stored): Float32Array {
  const { columns, rows, bitsAllocated, bitsStored, highBit, isSigned, slope, intercept } = stored;
  const n = columns * rows;
  if (bytes.length < (n * bitsAllocated) / 8) {
    throw new Error(`A frame of ${columns} x ${rows} pixels came with ${bytes.length} bytes.`);
  }
  const values = new Float32Array(n);
  const [up, down] = [31 - highBit, 32 - bitsStored];
  for (let i = 0; i < n; i += 1) {
    const word =
      bitsAllocated === 8 ? (bytes[i] as number) : (bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8);
    // Shifted up and down again, so that bits above the sample go and its sign comes.
    const sample = isSigned ? (word << up) >> down : (word << up) >>> down;
    values[i] = sample * slope + intercept;
  }
  return values;
}

/** Return the darkest and the brightest value. */
export function fullRange(values: Float32Array): ValueRange {
  let [lower, upper] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < lower) lower = value;
    if (value > upper) upper = value;
  }
  return { lower, upper };
}

export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Return where an image of this size in mm lies in a rectangle: in its middle, filling it in one direction. */
export function fitted(size_mm: { width: number; height: number }, width: number, height: number): Place {
  const scale = Math.min(width / size_mm.width, height / size_mm.height);
  const shown = { width: size_mm.width * scale, height: size_mm.height * scale };
  return { left: (width - shown.width) / 2, top: (height - shown.height) / 2, ...shown };
}

/** Write grey levels into the pixels (RGBA) of a canvas, where the image lies; the rest of it stays as it is. */
export function drawGrey(
  target: ImageData,
  values: Float32Array,
  { columns, rows }: Pick<Stored, "columns" | "rows">,
  place: Place,
  { lower, upper }: ValueRange,
  isInverse: boolean,
): void {
  const { width, height } = target;
  const pixels = new Uint32Array(target.data.buffer);
  const factor = 255 / Math.max(upper - lower, 1e-9);
  const across = samplesAlong(place.left, place.width, width, columns);
  const down = samplesAlong(place.top, place.height, height, rows);
  for (let y = down.from; y < down.to; y += 1) {
    const [row, next, v] = [
      (down.first[y] as number) * columns,
      (down.second[y] as number) * columns,
      down.share[y] as number,
    ];
    for (let x = across.from; x < across.to; x += 1) {
      const [a, b, u] = [across.first[x] as number, across.second[x] as number, across.share[x] as number];
      const above = (values[row + a] as number) * (1 - u) + (values[row + b] as number) * u;
      const below = (values[next + a] as number) * (1 - u) + (values[next + b] as number) * u;
      const level = (above * (1 - v) + below * v - lower) * factor;
      const shown = level < 0 ? 0 : level > 255 ? 255 : (level + 0.5) | 0;
      const grey = isInverse ? 255 - shown : shown;
      pixels[y * width + x] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
    }
  }
}

/** Write the colours (RGBA) of a picture into the pixels of a canvas, where the image lies. */
export function drawColour(target: ImageData, { data, width: columns, height: rows }: ImageData, place: Place): void {
  const across = samplesAlong(place.left, place.width, target.width, columns);
  const down = samplesAlong(place.top, place.height, target.height, rows);
  for (let y = down.from; y < down.to; y += 1) {
    const [row, next] = [(down.first[y] as number) * columns, (down.second[y] as number) * columns];
    const v = down.share[y] as number;
    for (let x = across.from; x < across.to; x += 1) {
      const [a, b, u] = [across.first[x] as number, across.second[x] as number, across.share[x] as number];
      const at = 4 * (y * target.width + x);
      for (let k = 0; k < 3; k += 1) {
        const level = (pixel: number) => data[4 * pixel + k] as number;
        const above = level(row + a) * (1 - u) + level(row + b) * u;
        const below = level(next + a) * (1 - u) + level(next + b) * u;
        target.data[at + k] = above * (1 - v) + below * v;
      }
      target.data[at + 3] = 255;
    }
  }
}

/** For every pixel of the screen along an axis the two samples between whose centres it lies, and its share of the second. */
function samplesAlong(start: number, length: number, nPixels: number, nSamples: number) {
  const from = Math.max(0, Math.round(start));
  const to = Math.min(nPixels, Math.round(start + length));
  const [first, second] = [new Int32Array(nPixels), new Int32Array(nPixels)];
  const share = new Float32Array(nPixels);
  for (let i = from; i < to; i += 1) {
    const at = Math.min(Math.max(((i + 0.5 - start) / length) * nSamples - 0.5, 0), nSamples - 1);
    first[i] = Math.floor(at);
    second[i] = Math.min((first[i] as number) + 1, nSamples - 1);
    share[i] = at - (first[i] as number);
  }
  return { from, to, first, second, share };
}
