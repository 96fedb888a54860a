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

/** Where samples are wanted: middle of the first one, directions, distance of rows and columns, columns and rows. */
export interface Samples {
  origin: Vector;
  row: Vector;
  column: Vector;
  spacing_mm: readonly [number, number];
  size: readonly [number, number];
}

/** Return the values on a raster, row after row, in the unit of the series; what lies outside of it is no number. */
export async function samplesOf(
  studyUid: string,
  seriesUid: string,
  { origin, row, column, spacing_mm, size }: Samples,
  signal: AbortSignal,
): Promise<Float32Array> {
  const listed = { origin, row, column, spacing: spacing_mm, size };
  const query = new URLSearchParams(Object.entries(listed).map(([name, numbers]) => [name, numbers.join(",")]));
  const answer = await send(`${path(studyUid, seriesUid)}/plane?${query}`, {
    headers: { Accept: "application/octet-stream" },
    signal,
  });
  const bytes = new DataView(await answer.arrayBuffer());
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, at) => bytes.getFloat32(4 * at, true));
}

/** Return the value at a place in the patient, undefined outside of the volume. */
export async function valueAt(
  studyUid: string,
  seriesUid: string,
  origin: Vector,
  signal: AbortSignal,
): Promise<number | undefined> {
  const one = { origin, row: [1, 0, 0], column: [0, 1, 0], spacing_mm: [1, 1], size: [1, 1] } as const;
  const [value = Number.NaN] = await samplesOf(studyUid, seriesUid, one, signal);
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
