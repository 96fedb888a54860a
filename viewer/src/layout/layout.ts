/**
 * What is shown where: a grid of cells, each with a series and the way it is seen.
 *
 * Plain data that knows neither React nor Cornerstone; every change returns a new layout.
 */

/** As acquired, image after image; a plane through the volume; the volume seen as a solid. */
export type ViewKind = "stack" | "plane" | "solid";
/** "here" by this browser, "server" by the server. */
export type DrawnBy = "here" | "server";
export type Plane = "acquisition" | "axial" | "coronal" | "sagittal";
export type Projection = "maximum" | "minimum" | "average";

export interface Slab {
  projection: Projection;
  thickness_mm: number;
}

/** Another series laid over this one. */
export interface Fusion {
  seriesUid: string;
  /** The study it belongs to, where that is not the study of the series below. */
  studyUid?: string;
  colourMap: string;
  /** From 0 (unseen) to 1 (covers). */
  opacity: number;
}

/** The field of which all must be seen, so that cells of one size show one size of body; and the edge it is pushed to. */
export interface Framing {
  width_mm: number;
  height_mm: number;
  edge?: "left" | "right";
}

/** How a series is seen. What is absent is as the object says. */
export interface Settings {
  drawnBy?: DrawnBy;
  plane?: Plane;
  slab?: Slab;
  fusion?: Fusion;
  /** Name of the volume rendering's table of colours and opacities. */
  rendering?: string;
  /** Centre and width in the unit of the values shown: black at centre - width / 2, white at centre + width / 2. */
  window?: { center: number; width: number };
  isInverted?: boolean;
  rotation_deg?: number;
  isFlippedHorizontally?: boolean;
  isFlippedVertically?: boolean;
  framing?: Framing;
}

export interface Cell {
  studyUid: string;
  seriesUid: string;
  /** Only these images of the series; without it all of them. */
  instanceUids?: readonly string[];
  kind: ViewKind;
  settings: Settings;
}

/** What follows the active cell. */
export interface Links {
  scroll: boolean;
  window: boolean;
  zoom: boolean;
}

export interface Layout {
  rows: number;
  columns: number;
  /** Row after row; always rows x columns of them. */
  cells: readonly (Cell | null)[];
  active: number;
  isMaximised: boolean;
  links: Links;
}

export const MOST_ROWS = 4;
export const MOST_COLUMNS = 6;
export const NO_LINKS: Links = { scroll: false, window: false, zoom: false };

/** Return a layout of empty cells. */
export function emptyLayout(rows = 1, columns = 1): Layout {
  requireGrid(rows, columns);
  return {
    rows,
    columns,
    cells: Array<null>(rows * columns).fill(null),
    active: 0,
    isMaximised: false,
    links: NO_LINKS,
  };
}

export function stackOf(studyUid: string, seriesUid: string): Cell {
  return { studyUid, seriesUid, kind: "stack", settings: {} };
}

export function activeCell(layout: Layout): Cell | null {
  return layout.cells[layout.active] ?? null;
}

/** Return the layout with another grid: cells keep their order, and the active one is never the one left out. */
export function withGrid(layout: Layout, rows: number, columns: number): Layout {
  requireGrid(rows, columns);
  const n = rows * columns;
  const cells = Array.from({ length: n }, (_, index) => layout.cells[index] ?? null);
  const active = Math.min(layout.active, n - 1);
  cells[active] = activeCell(layout);
  return { ...layout, rows, columns, cells, active, isMaximised: false };
}

/** Return the layout with a cell's content replaced; that cell becomes the active one. */
export function withCell(layout: Layout, index: number, cell: Cell | null): Layout {
  requireCell(layout, index);
  return { ...layout, active: index, cells: layout.cells.map((known, at) => (at === index ? cell : known)) };
}

/** Return the layout with some settings of a cell changed; the active cell stays. */
export function withSettings(layout: Layout, index: number, settings: Settings): Layout {
  requireCell(layout, index);
  const cells = layout.cells.map((cell, at) =>
    cell && at === index ? { ...cell, settings: { ...cell.settings, ...settings } } : cell,
  );
  return { ...layout, cells };
}

/** Return the settings that stay when a cell is seen in another way. */
export function carriedSettings({ window, isInverted, slab, fusion }: Settings): Settings {
  return {
    ...(window && { window }),
    ...(isInverted !== undefined && { isInverted }),
    ...(slab && { slab }),
    ...(fusion && { fusion }),
  };
}

/** Return the layout with a series beside the active cell: where it already is, in an empty cell, or in a new one. */
export function withBeside(layout: Layout, cell: Cell): Layout {
  const known = layout.cells.findIndex((one) => one?.seriesUid === cell.seriesUid);
  if (known >= 0) return { ...withActive(layout, known), isMaximised: layout.isMaximised && known === layout.active };
  if (!activeCell(layout)) return withCell(layout, layout.active, cell);
  const wide = layout.cells.length === 1 ? withGrid(layout, 1, 2) : { ...layout, isMaximised: false };
  const empty = wide.cells.indexOf(null);
  return withCell(wide, empty >= 0 ? empty : (wide.active + 1) % wide.cells.length, cell);
}

export function withActive(layout: Layout, index: number): Layout {
  requireCell(layout, index);
  return index === layout.active ? layout : { ...layout, active: index };
}

/** Return the layout with the neighbour in that direction active; at an edge nothing changes. */
export function withNeighbourActive(layout: Layout, rowStep: number, columnStep: number): Layout {
  const row = Math.floor(layout.active / layout.columns) + rowStep;
  const column = (layout.active % layout.columns) + columnStep;
  const isInside = row >= 0 && row < layout.rows && column >= 0 && column < layout.columns;
  return isInside ? withActive(layout, row * layout.columns + column) : layout;
}

/** Return the layout with one cell filling the grid, or all of them again. */
export function toggledMaximised(layout: Layout, index = layout.active): Layout {
  const isMaximised = !layout.isMaximised && layout.cells.length > 1;
  return { ...withActive(layout, index), isMaximised };
}

export function withLinks(layout: Layout, links: Partial<Links>): Layout {
  return { ...layout, links: { ...layout.links, ...links } };
}

/** Return three planes and the solid of a series, two by two. */
export function multiplanar(layout: Layout, studyUid: string, seriesUid: string): Layout {
  const plane = (name: Plane): Cell => ({ studyUid, seriesUid, kind: "plane", settings: { plane: name } });
  const solid: Cell = { studyUid, seriesUid, kind: "solid", settings: {} };
  const cells = [plane("axial"), plane("coronal"), plane("sagittal"), solid];
  return { ...emptyLayout(2, 2), links: layout.links, cells };
}

/** Return the layout with series in the cells that are still empty, in the order given. */
export function filled(layout: Layout, studyUid: string, seriesUids: readonly string[]): Layout {
  const shown = new Set(layout.cells.map((cell) => cell?.seriesUid));
  const waiting = seriesUids.filter((uid) => !shown.has(uid));
  const cells = layout.cells.map((cell) => {
    const next = cell ? undefined : waiting.shift();
    return next ? stackOf(studyUid, next) : cell;
  });
  return { ...layout, cells };
}

function requireGrid(rows: number, columns: number): void {
  const isSound = (n: number, most: number) => Number.isInteger(n) && n >= 1 && n <= most;
  if (!isSound(rows, MOST_ROWS) || !isSound(columns, MOST_COLUMNS)) {
    throw new RangeError(
      `A grid of ${rows} x ${columns} was asked for; 1 x 1 to ${MOST_ROWS} x ${MOST_COLUMNS} are possible.`,
    );
  }
}

function requireCell(layout: Layout, index: number): void {
  if (!(index in layout.cells)) {
    throw new RangeError(`There is no cell ${index}; the layout has cells 0 to ${layout.cells.length - 1}.`);
  }
}
