/** Ask the server how the wall of a heart shortens along a line; it tells how far it is, then what it found. */
import { type Problem, ProblemError, problemFromBody } from "../http/problem";
import { send } from "../http/request";
import type { ViewName } from "./segments";

export interface Loop {
  studyUid: string;
  seriesUid: string;
  instanceUid: string;
  nFrames: number;
}

/** Column and row from the middle of the first pixel. */
export type PixelPoint = readonly [number, number];

/** What is asked; frames are counted from 1. */
export interface Asked {
  points: readonly PixelPoint[];
  /** The one in which the points lie on the wall. */
  frame: number;
  view: ViewName;
  first: number;
  last: number;
  isWholeBeat: boolean;
}

export interface Curve {
  /** Largest strain of either sign until end-systole, in percent. */
  peak: number;
  at_end_systole: number;
  /** Of each frame of the beat. */
  percent: readonly number[];
}

export interface Strain {
  /** The frame of end-diastole, from 1. */
  first: number;
  n_frames: number;
  frame_ms: number | null;
  /** From 1. */
  end_systole: number;
  /** How far points had gone astray before that was taken back, in mm; null if it was not. */
  drift_mm: number | null;
  /** Null where too little of the wall could be followed. */
  global: Curve | null;
  /** In order along the line; `strain` is null where the wall could not be followed. */
  segments: readonly { believed: number; strain: Curve | null }[];
  /** Of each frame of the beat: points along the wall, equally many for each segment, one more at the end. */
  tracks_px: readonly (readonly PixelPoint[])[];
}

type Line = { done: number; total: number } | { strain: Strain } | { problem: Record<string, unknown> };

export async function strainAlong(
  { studyUid, seriesUid, instanceUid }: Loop,
  { points, frame, view, first, last, isWholeBeat }: Asked,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Strain> {
  const uids = [studyUid, seriesUid, instanceUid].map(encodeURIComponent);
  const answer = await send(`/api/strain/studies/${uids[0]}/series/${uids[1]}/instances/${uids[2]}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/x-ndjson" },
    body: JSON.stringify({ points, frame, view, first, last, is_whole_beat: isWholeBeat }),
    signal,
  });
  for await (const text of linesOf(answer)) {
    const line = JSON.parse(text) as Line;
    if ("strain" in line) return line.strain;
    if ("problem" in line) throw new ProblemError(problemOfLine(line.problem));
    onProgress(line.done / line.total);
  }
  throw new TypeError("The network ended the answer early.");
}

function problemOfLine(body: Record<string, unknown>): Problem {
  return problemFromBody(typeof body.status === "number" ? body.status : 500, "", body);
}

/** Yield the lines of an answer as they come. */
export async function* linesOf(answer: Response): AsyncGenerator<string> {
  const reader = answer.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter(Boolean);
    if (done) break;
  }
  if (rest) yield rest;
}
