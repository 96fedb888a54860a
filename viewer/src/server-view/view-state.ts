/** What a view shows and how the hand changes it. Angles in degrees, lengths in mm. */
import type { SeriesDescription } from "./server-view-api";

export const PLANES = ["axial", "coronal", "sagittal"] as const;
export type PlaneName = (typeof PLANES)[number];
export type Mode = PlaneName | "body";

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
  preset: string;
  overlay: string;
  opacity: number;
}

export function firstState(found: SeriesDescription): ViewState {
  return {
    mode: "axial",
    offset_mm: 0,
    slab_mm: 0,
    projection: "max",
    center: found.window.center,
    width: found.window.width,
    azimuth_deg: 0,
    elevation_deg: 0,
    zoom: 1,
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

/** The parameters of a picture of this state, as the server takes them. */
export function queryOf(state: ViewState, size: readonly [number, number]): URLSearchParams {
  const query = new URLSearchParams({ size: size.join(",") });
  if (state.mode === "body") {
    query.set("azimuth", String(state.azimuth_deg));
    query.set("elevation", String(state.elevation_deg));
    query.set("zoom", state.zoom.toPrecision(5));
    query.set("preset", state.preset);
    return query;
  }
  query.set("plane", state.mode);
  query.set("offset", state.offset_mm.toFixed(4));
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
