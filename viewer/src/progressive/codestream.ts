/**
 * The lengths of the parts of a JPEG 2000 codestream that is ordered by resolution: what its first bytes are good for.
 *
 * Source: ISO/IEC 15444-1 annex A: A.4.1 (SOC), A.5.1 (SIZ), A.6.1 (COD), A.7.1 (TLM), A.4.2 (SOT).
 */

const SOC = 0xff4f;
const SIZ = 0xff51;
const COD = 0xff52;
const TLM = 0xff55;
const SOT = 0xff90;

export interface Resolutions {
  columns: number;
  rows: number;
  /** Where the parts end, in bytes from the start: the smallest picture first, the whole one last. */
  ends: readonly number[];
}

/** Return the resolutions that a main header tells, or undefined when it does not tell them one by one. */
export function resolutionsOf(bytes: Uint8Array): Resolutions | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== SOC) return undefined;
  const lengths: number[] = [];
  let [columns, rows, nLevels] = [0, 0, 0];
  for (let at = 2; at + 4 <= bytes.length; ) {
    const [marker, length] = [view.getUint16(at), view.getUint16(at + 2)];
    if (marker === SOT) {
      if (lengths.length !== nLevels + 1 || columns === 0) return undefined;
      let end = at;
      const ends = lengths.map((each) => {
        end += each;
        return end;
      });
      return { columns, rows, ends };
    }
    if (at + 2 + length > bytes.length) return undefined;
    if (marker === SIZ) {
      columns = view.getUint32(at + 6) - view.getUint32(at + 14);
      rows = view.getUint32(at + 10) - view.getUint32(at + 18);
    } else if (marker === COD) nLevels = view.getUint8(at + 9);
    else if (marker === TLM) lengths.push(...partLengths(view, at, length));
    at += 2 + length;
  }
  return undefined;
}

/** Return how often the picture must be halved to be complete in so many bytes, or undefined when none is. */
export function levelWithin({ ends }: Resolutions, n_bytes: number): number | undefined {
  const nWhole = ends.filter((end) => end <= n_bytes).length;
  return nWhole > 0 ? ends.length - nWhole : undefined;
}

function partLengths(view: DataView, at: number, length: number): number[] {
  const sizes = view.getUint8(at + 5);
  const index_bytes = (sizes >> 4) & 3;
  const length_bytes = (sizes >> 6) & 1 ? 4 : 2;
  const found: number[] = [];
  for (let place = at + 6 + index_bytes; place + length_bytes <= at + 2 + length; place += index_bytes + length_bytes) {
    found.push(length_bytes === 4 ? view.getUint32(place) : view.getUint16(place));
  }
  return found;
}
