/** The window that leaves out the darkest and the brightest of the pixels: bright vessels and metal do not decide. */
import type { ValueRange } from "./window";

const MOST_SAMPLES = 65_536;

/** Return the values below and above which the shares of the pixels lie; undefined where they are all one value. */
export function rangeOfShares(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
): ValueRange | undefined {
  const step = Math.max(1, Math.floor(values.length / MOST_SAMPLES));
  const sampled = Float64Array.from(
    { length: Math.floor(values.length / step) },
    (_, at) => values[at * step] ?? 0,
  ).sort();
  const at = (share: number) => sampled[Math.min(sampled.length - 1, Math.floor(share * sampled.length))] ?? 0;
  const range = { lower: at(low), upper: at(high) };
  return range.upper > range.lower ? range : undefined;
}
