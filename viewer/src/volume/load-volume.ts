/** All images of a series in memory as one volume, shared by every viewport that shows it. */
import { cache, type Types, volumeLoader } from "@cornerstonejs/core";
import type { Problem } from "../http/problem";
import { ProblemError } from "../http/problem";
import { dot, type Vector } from "../overlays/vectors";
import { frameProblem } from "../viewport/cornerstone";
import { type Frame, planeOf } from "../viewport/frames";
import { imageIdsOf } from "../viewport/image-ids";
import { loadImages } from "../viewport/load-image";
import { isRegular, regularVolume } from "./regular-volume";
import { requireMemory } from "./too-large";
import { irregularityText } from "./words";

export interface Loading {
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
  onWait: (wait_s: number | undefined) => void;
}

/** Return frames in the order in which their planes lie in the volume. */
export function alongNormal(frames: readonly Frame[], normal: Vector): Frame[] {
  const along = (frame: Frame) => dot(planeOf(frame)?.position_mm ?? [0, 0, 0], normal);
  return [...frames].sort((a, b) => along(a) - along(b));
}

/** Return the volume of a series, or throw the problem that makes it none. */
export async function loadVolume(
  frames: readonly Frame[],
  studyUid: string,
  seriesUid: string,
  { signal, onProgress, onWait }: Loading,
): Promise<Types.IImageVolume | undefined> {
  const geometry = regularVolume(frames);
  if (!isRegular(geometry)) throw new ProblemError(irregularityProblem(irregularityText(geometry)));
  const volumeId = `volume:${studyUid}/${seriesUid}`;
  const known = cache.getVolume(volumeId);
  if (known) return known;
  requireMemory(geometry, frames);
  const imageIds = imageIdsOf(alongNormal(frames, geometry.normal), studyUid, seriesUid);
  let nDone = 0;
  let failure: unknown;
  await loadImages(imageIds, { signal, onWait }, (_, thrown) => {
    failure ??= thrown;
    nDone += 1;
    onProgress(nDone, imageIds.length);
  });
  if (signal.aborted) return undefined;
  if (failure) throw frameProblem(failure);
  return volumeLoader.createAndCacheVolumeFromImages(volumeId, imageIds);
}

function irregularityProblem({ title, detail, remedy }: { title: string; detail: string; remedy: string }): Problem {
  return { title, status: 0, detail, remedy };
}
