/**
 * Between window centre and width and the values shown as black and white.
 *
 * Source: DICOM PS3.3 sec. C.11.2.1.2.1 (LINEAR): black at c - 0.5 - (w-1)/2, white at c - 0.5 + (w-1)/2;
 * sec. C.11.2.1.3.2 (LINEAR_EXACT): black at c - w/2, white at c + w/2, for values that are no whole numbers.
 */
export interface ValueRange {
  lower: number;
  upper: number;
}

export interface Window {
  center: number;
  width: number;
}

export function rangeOf({ center, width }: Window, isExact = false): ValueRange {
  if (isExact) return { lower: center - width / 2, upper: center + width / 2 };
  const half = Math.max(width - 1, 0) / 2;
  return { lower: center - 0.5 - half, upper: center - 0.5 + half };
}

export function windowOf({ lower, upper }: ValueRange, isExact = false): Window {
  if (isExact) return { center: (lower + upper) / 2, width: upper - lower };
  return { center: (lower + upper) / 2 + 0.5, width: upper - lower + 1 };
}
