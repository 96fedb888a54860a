/**
 * A coarse picture at the size of the whole one.
 *
 * A pixel k of a picture that was halved n times lies where pixel k * 2^n of the whole one lies. Source: ISO/IEC
 * 15444-1 annex F (the low-pass samples of a wavelet are those of even place).
 */

type Pixels = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array;

/** Return pixels of the whole size (y, x), between the coarse ones by linear interpolation. */
export function enlarged<T extends Pixels>(
  coarse: T,
  coarseColumns: number,
  columns: number,
  rows: number,
  level: number,
): T {
  const coarseRows = coarse.length / coarseColumns;
  const whole = new (coarse.constructor as new (length: number) => T)(columns * rows);
  const step = 2 ** level;
  const isWhole = !(coarse instanceof Float32Array);
  const across = places(columns, coarseColumns, step);
  const down = places(rows, coarseRows, step);
  for (let row = 0; row < rows; row += 1) {
    const y = down[row] as Place;
    const [upper, lower] = [y.low * coarseColumns, y.high * coarseColumns];
    for (let column = 0; column < columns; column += 1) {
      const x = across[column] as Place;
      const top = mix(coarse[upper + x.low] as number, coarse[upper + x.high] as number, x.share);
      const bottom = mix(coarse[lower + x.low] as number, coarse[lower + x.high] as number, x.share);
      const value = mix(top, bottom, y.share);
      whole[row * columns + column] = isWhole ? Math.round(value) : value;
    }
  }
  return whole;
}

interface Place {
  low: number;
  high: number;
  share: number;
}

function places(n: number, nCoarse: number, step: number): Place[] {
  return Array.from({ length: n }, (_, index) => {
    const low = Math.min(Math.floor(index / step), nCoarse - 1);
    return { low, high: Math.min(low + 1, nCoarse - 1), share: index / step - low };
  });
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
