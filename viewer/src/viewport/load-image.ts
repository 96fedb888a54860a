/** Fetch a frame, again and again while the network is away; what the archive cannot give fails at once. */
import { imageLoader, type Types } from "@cornerstonejs/core";
import { mayPass, pause, waitBeforeRetry_s } from "./backoff";
import { requestOf } from "./cornerstone";

interface Retrying {
  signal: AbortSignal;
  /** Called with the seconds until the next attempt, and with undefined when the network is back. */
  onWait: (wait_s: number | undefined) => void;
}

export async function loadImage(imageId: string, { signal, onWait }: Retrying): Promise<Types.IImage | undefined> {
  for (let nFailures = 0; !signal.aborted; ) {
    try {
      const image = await imageLoader.loadAndCacheImage(imageId);
      if (nFailures > 0) onWait(undefined);
      return image;
    } catch (thrown) {
      const status = requestOf(thrown)?.status;
      if (status === undefined || !mayPass(status)) throw thrown;
      nFailures += 1;
      const wait_s = waitBeforeRetry_s(nFailures);
      onWait(wait_s);
      await pause(wait_s, signal);
    }
  }
  return undefined;
}

/** Fetch many frames, a few at a time, in the order given; `onEach` hears of every one. */
export async function loadImages(
  imageIds: readonly string[],
  retrying: Retrying,
  onEach: (imageId: string, failure: unknown) => void,
  nAtATime = 3,
): Promise<void> {
  const queue = [...imageIds];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined && !retrying.signal.aborted; next = queue.shift()) {
      const imageId = next;
      await loadImage(imageId, retrying).then(
        () => onEach(imageId, undefined),
        (thrown) => onEach(imageId, thrown ?? new Error("The frame could not be fetched.")),
      );
    }
  };
  await Promise.all(Array.from({ length: nAtATime }, worker));
}
