/** Ask the server for views it draws: what a series is, its pictures, single values. */
import { getJson, send } from "../http/request";
import type { PlaneName } from "./view-state";

export type Vector = readonly [number, number, number];

export interface PlaneDescription {
  origin: Vector;
  row: Vector;
  column: Vector;
  spacing_mm: readonly [number, number];
  size: readonly [number, number];
  offsets_mm: readonly [number, number];
  step_mm: number;
}

export interface SeriesDescription {
  shape: Vector;
  spacing_mm: Vector;
  quantity: string;
  unit: { code: string; meaning: string; symbol: string };
  range: readonly [number, number];
  window: { center: number; width: number };
  modality: string;
  n_phases: number;
  frame_of_reference_uid: string | null;
  planes: Readonly<Record<PlaneName, PlaneDescription>>;
  presets: readonly string[];
  projections: readonly string[];
  colour_maps: readonly string[];
}

/** A picture and where it lies in the patient: middle of its first pixel, directions, distance of rows and columns. */
export interface ServerPicture {
  address: string;
  origin: Vector;
  row: Vector;
  column: Vector;
  spacing_mm: readonly [number, number];
  size: readonly [number, number];
}

function path(studyUid: string, seriesUid: string): string {
  return `/api/views/studies/${encodeURIComponent(studyUid)}/series/${encodeURIComponent(seriesUid)}`;
}

export function describeSeries(studyUid: string, seriesUid: string, signal: AbortSignal): Promise<SeriesDescription> {
  return getJson<SeriesDescription>(path(studyUid, seriesUid), "application/json", signal);
}

/** Return a picture; its address is a blob's, which whoever shows it gives back by `URL.revokeObjectURL`. */
export async function drawnPicture(
  studyUid: string,
  seriesUid: string,
  kind: "plane" | "body",
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<ServerPicture> {
  const answer = await send(`${path(studyUid, seriesUid)}/${kind}?${query}`, {
    headers: { Accept: "image/webp, image/png;q=0.5" },
    signal,
  });
  const [origin, row, column] = ["X-Origin", "X-Row", "X-Column"].map((name) => numbers(answer, name));
  return {
    address: URL.createObjectURL(await answer.blob()),
    origin: origin as unknown as Vector,
    row: row as unknown as Vector,
    column: column as unknown as Vector,
    spacing_mm: numbers(answer, "X-Spacing") as unknown as readonly [number, number],
    size: numbers(answer, "X-Size") as unknown as readonly [number, number],
  };
}

/** Return the value at a place in the patient, undefined outside of the volume. */
export async function valueAt(
  studyUid: string,
  seriesUid: string,
  place: Vector,
  signal: AbortSignal,
): Promise<number | undefined> {
  const query = new URLSearchParams({ origin: place.join(","), row: "1,0,0", column: "0,1,0", size: "1,1" });
  const answer = await send(`${path(studyUid, seriesUid)}/plane?${query}`, {
    headers: { Accept: "application/octet-stream" },
    signal,
  });
  const value = new DataView(await answer.arrayBuffer()).getFloat32(0, true);
  return Number.isNaN(value) ? undefined : value;
}

/** Return where in the patient a pixel of a picture lies. */
export function placeOf(picture: ServerPicture, x: number, y: number): Vector {
  const across = x * picture.spacing_mm[1];
  const down = y * picture.spacing_mm[0];
  const at = (axis: 0 | 1 | 2) => picture.origin[axis] + across * picture.row[axis] + down * picture.column[axis];
  return [at(0), at(1), at(2)];
}

function numbers(answer: Response, name: string): number[] {
  return (answer.headers.get(name) ?? "").split(",").map(Number);
}
