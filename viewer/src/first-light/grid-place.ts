/** Where the pictures of the reading page will lie before that page is there. */
import type { Layout } from "../layout/layout";
import type { Place } from "./drawing";

/** Widths and heights of what stands around the pictures, in CSS pixels: `shell.css`, `viewer.css`, `measurements.css`. */
const AROUND = { top: 46, rail: 128, panels: 291, bottom: 37 };
const BAR = { row: 33, padding: 5, content: 2100 };
/** Below, the page has everything under one another. */
const NARROW = 900;
const GAP = 2;
const KEPT = "isocenter.grid-place";

/** Return the place of each cell, or undefined where it cannot be known beforehand. */
export function expectedPlaces({ rows, columns }: Layout): Place[] | undefined {
  const grid = rememberedPlace() ?? usualPlace();
  if (!grid) return undefined;
  const [width, height] = [(grid.width - GAP * (columns - 1)) / columns, (grid.height - GAP * (rows - 1)) / rows];
  return Array.from({ length: rows * columns }, (_, index) => ({
    left: grid.left + (index % columns) * (width + GAP),
    top: grid.top + Math.floor(index / columns) * (height + GAP),
    width,
    height,
  }));
}

/** Remember where the pictures lie in a window of this size. */
export function rememberPlace({ left, top, width, height }: Place): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ window: sizeOfWindow(), grid: { left, top, width, height } }));
  } catch {
    // Without storage the usual place is good enough: the picture moves once the page is there.
  }
}

function rememberedPlace(): Place | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return kept.window === sizeOfWindow() && kept.grid?.width > 0 ? kept.grid : undefined;
  } catch {
    return undefined;
  }
}

function usualPlace(): Place | undefined {
  if (innerWidth <= NARROW) return undefined;
  const width = innerWidth - AROUND.rail - AROUND.panels;
  const top = AROUND.top + BAR.padding + BAR.row * Math.max(1, Math.ceil(BAR.content / width));
  return { left: AROUND.rail, top, width, height: innerHeight - top - AROUND.bottom };
}

function sizeOfWindow(): string {
  return `${innerWidth}x${innerHeight}`;
}
