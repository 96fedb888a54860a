/** Binary frames: one bit per pixel, the first in the lowest bit, frames without a gap. Source: DICOM PS3.5 sec. 8.1.1. */

/** Bytes in which the bits of a whole object lie, made even. */
export function packedLength(nBits: number): number {
  const nBytes = Math.ceil(nBits / 8);
  return nBytes + (nBytes % 2);
}

/** Set the bits of the pixels that have this label, from `firstBit` on. */
export function packInto(packed: Uint8Array, firstBit: number, labels: Uint8Array, label: number): void {
  for (let pixel = labels.indexOf(label); pixel >= 0; pixel = labels.indexOf(label, pixel + 1)) {
    const bit = firstBit + pixel;
    packed[bit >> 3] = (packed[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
}

/** Call `each` with the index of every pixel that is set; empty bytes are passed over. */
export function eachSetBit(packed: Uint8Array, firstBit: number, nBits: number, each: (pixel: number) => void): void {
  const end = firstBit + nBits;
  for (let byte = firstBit >> 3; byte * 8 < end; byte += 1) {
    let rest = packed[byte] ?? 0;
    while (rest !== 0) {
      const lowest = rest & -rest;
      const pixel = byte * 8 + (31 - Math.clz32(lowest)) - firstBit;
      if (pixel >= 0 && pixel < nBits) each(pixel);
      rest ^= lowest;
    }
  }
}
