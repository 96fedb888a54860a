/** Which rows of a long list are in sight, so that only those are drawn. */

export interface RowRange {
  first: number;
  /** One past the last. */
  end: number;
}

export function visibleRows(
  nRows: number,
  rowHeight_px: number,
  scrollTop_px: number,
  height_px: number,
  spare = 8,
): RowRange {
  const first = Math.floor(scrollTop_px / rowHeight_px) - spare;
  const end = Math.ceil((scrollTop_px + height_px) / rowHeight_px) + spare;
  return { first: Math.min(Math.max(0, first), nRows), end: Math.min(nRows, Math.max(0, end)) };
}

/** Return where to scroll so that a row is in sight, or the present place if it is already. */
export function scrollTopShowing(row: number, rowHeight_px: number, scrollTop_px: number, height_px: number): number {
  const top = row * rowHeight_px;
  if (top < scrollTop_px) return top;
  if (top + rowHeight_px > scrollTop_px + height_px) return top + rowHeight_px - height_px;
  return scrollTop_px;
}
