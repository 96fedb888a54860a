/** Another series' volume, where it lies in the space of the series it is laid over. */
import { cache, type Types, volumeLoader } from "@cornerstonejs/core";
import { type Dataset, text } from "../dicomweb/json-model";
import { ProblemError } from "../http/problem";
import { sayIn } from "../language/words";
import type { Frame } from "../viewport/frames";
import { findRegistrations } from "./find-registrations";
import { type Loading, loadVolume } from "./load-volume";
import { IDENTITY, moved, wayBetween, waysOf } from "./registration";
import { WORDS } from "./words";

/** A series that is laid over another one. */
export interface Over {
  studyUid: string;
  seriesUid: string;
  frames: readonly Frame[];
}

export interface OverVolume {
  volume: Types.IImageVolume;
  /** Whether a registration brought it here. */
  isRegistered: boolean;
}

/**
 * Return the volume in the space of `below`: as it is where both share a frame of reference, else as a registration
 * object of either study says. Without one the two are not laid over each other: nobody knows how.
 */
export async function loadOver(
  { studyUid, seriesUid, frames }: Over,
  below: { studyUid: string; frame: Frame },
  loading: Loading,
): Promise<OverVolume | undefined> {
  const from = spaceOf(frames[0]?.dataset);
  const to = spaceOf(below.frame.dataset);
  const matrix =
    from === to && from ? IDENTITY : wayBetween(waysOf(await findRegistrations([below.studyUid, studyUid])), from, to);
  if (!matrix) throw problem("no-way", "no-way-remedy");
  const volume = await loadVolume(frames, studyUid, seriesUid, loading);
  if (!volume || matrix === IDENTITY) return volume && { volume, isRegistered: false };
  const lattice = moved(volume as unknown as Parameters<typeof moved>[0], matrix);
  if (!lattice) throw problem("sheared", "sheared-remedy");
  const volumeId = `${volume.volumeId} in ${to} by ${matrix.flat().join(" ")}`;
  const known = cache.getVolume(volumeId);
  if (known) return { volume: known, isRegistered: true };
  const made = volumeLoader.createLocalVolume(volumeId, {
    metadata: { ...volume.metadata, FrameOfReferenceUID: to },
    dimensions: volume.dimensions,
    spacing: [...lattice.spacing],
    origin: [...lattice.origin],
    direction: [...lattice.direction] as Types.Mat3,
    // Without these Cornerstone asks a loader for the images of the moved volume, which nobody sends.
    referencedImageIds: volume.imageIds,
    scalarData: volume.voxelManager?.getCompleteScalarDataArray?.() as Types.PixelDataTypedArray,
  });
  return { volume: made, isRegistered: true };
}

function spaceOf(dataset: Dataset | undefined): string {
  return text(dataset, "FrameOfReferenceUID");
}

function problem(detail: "no-way" | "sheared", remedy: "no-way-remedy" | "sheared-remedy"): ProblemError {
  const say = sayIn(WORDS);
  return new ProblemError({ title: say("no-fusion-title"), status: 0, detail: say(detail), remedy: say(remedy) });
}
