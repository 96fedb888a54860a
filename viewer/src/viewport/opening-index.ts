/** Which frame of a stack is shown first. */
import type { Frame } from "./frames";

/** Return the one in the middle, or the first of a movie. */
export function openingIndex(frames: readonly Frame[]): number {
  const isMovie = frames[0]?.nFramesInInstance === frames.length;
  return isMovie ? 0 : Math.floor((frames.length - 1) / 2);
}
