/** What a view shows and how the hand changes it. Angles in degrees, lengths in mm. */
import { cross, plus, times } from "../overlays/vectors";
import type { Samples, SeriesDescription } from "./server-view-api";

export const PLANES = ["axial", "coronal", "sagittal"] as const;
export type PlaneName = (typeof PLANES)[number];
export type Mode = PlaneName | "body";

/** A direction in a plane: 1, 0 or -1 along its rows and down its columns. */
export type InPlane = readonly [number, number];

/** A picture as the plane lies. */
export const UPRIGHT = { right: [1, 0], down: [0, 1] } as const satisfies Record<string, InPlane>;

export interface ViewState {
  mode: Mode;
  offset_mm: number;
  slab_mm: number;
  projection: string;
  center: number;
  width: number;
  azimuth_deg: number;
  elevation_deg: number;
  zoom: number;
  /** How far the middle of the picture has moved over a plane: along its rows, down its columns. */
  pan_mm: readonly [number, number];
  /** Which way the picture lies: to its right and down it, each along the rows and down the columns of the plane. */
  right: InPlane;
  down: InPlane;
  isInverted: boolean;
  preset: string;
  overlay: string;
  opacity: number;
}

export function firstState(found: SeriesDescription, mode: Mode = "axial"): ViewState {
  return {
    mode,
    offset_mm: 0,
    slab_mm: 0,
    projection: "max",
    center: found.window.center,
    width: found.window.width,
    azimuth_deg: 0,
    elevation_deg: 0,
    zoom: 1,
    pan_mm: [0, 0],
    ...UPRIGHT,
    isInverted: false,
    preset: found.modality === "CT" ? "ct-bone" : found.modality === "PT" ? "hot-spots" : "mr",
    overlay: "",
    opacity: 0.6,
  };
}

/** Go some slices on, not beyond the ends of the volume. */
export function scrolled(state: ViewState, found: SeriesDescription, slices: number): ViewState {
  if (state.mode === "body") return { ...state, zoom: clamp(state.zoom * 1.1 ** -slices, 0.25, 16) };
  const plane = found.planes[state.mode];
  const [nearest, farthest] = plane.offsets_mm;
  const half = plane.step_mm / 2;
  const offset_mm = clamp(state.offset_mm + slices * plane.step_mm, nearest + half, farthest - half);
  return { ...state, offset_mm };
}

/** Drag over a plane: across changes the width, down the centre, by how wide the values are spread. */
export function windowed(state: ViewState, found: SeriesDescription, dx: number, dy: number): ViewState {
  const perPixel = Math.max((found.range[1] - found.range[0]) / 1000, Number.EPSILON);
  const smallest = perPixel / 10;
  return { ...state, width: Math.max(state.width + dx * perPixel, smallest), center: state.center + dy * perPixel };
}

/** Drag over a body: it turns with the hand, half a degree a pixel. */
export function turned(state: ViewState, dx: number, dy: number): ViewState {
  const azimuth_deg = (((state.azimuth_deg - dx / 2) % 360) + 360) % 360;
  return { ...state, azimuth_deg, elevation_deg: clamp(state.elevation_deg + dy / 2, -90, 90) };
}

/** Turn the picture of a plane by a quarter, with the clock: what was at its left comes to the top. */
export function quarterTurned(state: ViewState): ViewState {
  return { ...state, right: opposite(state.down), down: state.right };
}

/** Mirror the picture of a plane: left and right change places, or top and bottom. */
export function flipped(state: ViewState, axis: "horizontal" | "vertical"): ViewState {
  return axis === "horizontal" ? { ...state, right: opposite(state.right) } : { ...state, down: opposite(state.down) };
}

/** Move the picture of a plane with the hand, by mm to the right and down the screen. */
export function panned(state: ViewState, right_mm: number, down_mm: number): ViewState {
  const along = (k: 0 | 1) => state.pan_mm[k] - right_mm * state.right[k] - down_mm * state.down[k];
  return { ...state, pan_mm: [along(0), along(1)] };
}

function opposite([along, down]: InPlane): InPlane {
  return [0 - along, 0 - down];
}

function isUpright({ right, down }: ViewState): boolean {
  return right[0] === 1 && down[1] === 1;
}

/** Make the picture larger by a factor, around its middle. */
export function zoomed(state: ViewState, factor: number): ViewState {
  return { ...state, zoom: clamp(state.zoom * factor, 0.25, 32) };
}

/** Go as deep as a place lies, seen from the plane that is shown. */
export function atDepth(state: ViewState, found: SeriesDescription, place: readonly [number, number, number]) {
  if (state.mode === "body") return state;
  const { origin, row, column, offsets_mm, step_mm } = found.planes[state.mode];
  const normal = cross(row, column);
  const depth_mm = [0, 1, 2].reduce((sum, k) => sum + ((place[k] ?? 0) - (origin[k] ?? 0)) * (normal[k] ?? 0), 0);
  return { ...state, offset_mm: clamp(depth_mm, offsets_mm[0] + step_mm / 2, offsets_mm[1] - step_mm / 2) };
}

/** Return where a plane that was enlarged, moved or turned lies; undefined for the whole of it. */
export function rasterOf(
  state: ViewState,
  found: SeriesDescription,
  [width, height]: readonly [number, number],
): Samples | undefined {
  const isMoved = state.pan_mm[0] !== 0 || state.pan_mm[1] !== 0;
  if (state.mode === "body" || (state.zoom === 1 && !isMoved && isUpright(state))) return undefined;
  const { origin, row, column, spacing_mm, size } = found.planes[state.mode];
  const [down_mm, across_mm] = spacing_mm;
  const middle = plus(
    plus(origin, times(row, ((size[0] - 1) / 2) * across_mm + state.pan_mm[0])),
    plus(times(column, ((size[1] - 1) / 2) * down_mm + state.pan_mm[1]), times(cross(row, column), state.offset_mm)),
  );
  const along = ([x, y]: InPlane) => plus(times(row, x), times(column, y));
  const extent_mm = ([x, y]: InPlane) => Math.abs(x) * size[0] * across_mm + Math.abs(y) * size[1] * down_mm;
  const [right, down] = [along(state.right), along(state.down)];
  const pixel_mm = Math.max(extent_mm(state.right) / width, extent_mm(state.down) / height) / state.zoom;
  const toFirst = plus(times(right, (-(width - 1) / 2) * pixel_mm), times(down, (-(height - 1) / 2) * pixel_mm));
  return {
    origin: plus(middle, toFirst),
    row: right,
    column: down,
    spacing_mm: [pixel_mm, pixel_mm],
    size: [width, height],
  };
}

/** The parameters of a picture of this state, as the server takes them. */
export function queryOf(state: ViewState, size: readonly [number, number], found?: SeriesDescription): URLSearchParams {
  const query = new URLSearchParams({ size: size.join(",") });
  if (state.mode === "body") {
    query.set("azimuth", String(state.azimuth_deg));
    query.set("elevation", String(state.elevation_deg));
    query.set("zoom", state.zoom.toPrecision(5));
    query.set("preset", state.preset);
    return query;
  }
  const raster = found && rasterOf(state, found, size);
  if (raster) {
    query.set("origin", raster.origin.join(","));
    query.set("row", raster.row.join(","));
    query.set("column", raster.column.join(","));
    query.set("spacing", raster.spacing_mm.join(","));
  } else {
    query.set("plane", state.mode);
    query.set("offset", state.offset_mm.toFixed(4));
  }
  if (state.isInverted) query.set("invert", "true");
  query.set("window", `${state.center},${state.width}`);
  if (state.slab_mm > 0) {
    query.set("slab", String(state.slab_mm));
    query.set("projection", state.projection);
  }
  if (state.overlay) {
    query.set("overlay", state.overlay);
    query.set("opacity", String(state.opacity));
  }
  return query;
}

function clamp(value: number, low: number, high: number): number {
  return low > high ? (low + high) / 2 : Math.min(Math.max(value, low), high);
}
