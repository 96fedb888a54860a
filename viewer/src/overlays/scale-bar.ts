/** How long a scale bar is: the longest round number of millimetres that fits. */

const ROUND = [1, 2, 5];

export interface ScaleBarLength {
  length_mm: number;
  length_px: number;
}

export function scaleBarLength(mm_per_px: number, longest_px: number): ScaleBarLength | undefined {
  if (!(mm_per_px > 0) || !Number.isFinite(mm_per_px)) return undefined;
  const longest_mm = mm_per_px * longest_px;
  const decade = 10 ** Math.floor(Math.log10(longest_mm));
  const length_mm = Math.max(
    ...ROUND.map((round) => round * decade).filter((length) => length <= longest_mm * (1 + 1e-9)),
  );
  return { length_mm, length_px: length_mm / mm_per_px };
}

export function lengthText(length_mm: number): string {
  if (length_mm >= 10) return `${Number((length_mm / 10).toPrecision(6))} cm`;
  if (length_mm >= 1) return `${Number(length_mm.toPrecision(6))} mm`;
  return `${Number((length_mm * 1000).toPrecision(6))} µm`;
}
