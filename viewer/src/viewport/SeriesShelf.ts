/** The frames of every series that was opened, fetched once. */
import { ProblemError } from "../http/problem";
import { mayPass, pause, waitBeforeRetry_s } from "./backoff";
import { type Frame, framesOf } from "./frames";
import { metadataToOpen } from "./to-open";

export class SeriesShelf {
  private readonly known = new Map<string, Promise<readonly Frame[]>>();

  /** Return the frames of a series; while the network is away it is asked again, and `onWait` hears of it. */
  frames(studyUid: string, seriesUid: string, onWait: (wait_s: number | undefined) => void = () => {}) {
    const key = `${studyUid}/${seriesUid}`;
    const known = this.known.get(key) ?? this.fetch(studyUid, seriesUid, onWait);
    this.known.set(key, known);
    known.catch(() => this.known.delete(key));
    return known;
  }

  private async fetch(studyUid: string, seriesUid: string, onWait: (wait_s: number | undefined) => void) {
    for (let nFailures = 0; ; ) {
      try {
        const frames = framesOf(await metadataToOpen(studyUid, seriesUid));
        onWait(undefined);
        return frames;
      } catch (thrown) {
        if (!isPassing(thrown)) throw thrown;
        nFailures += 1;
        const wait_s = waitBeforeRetry_s(nFailures);
        onWait(wait_s);
        await pause(wait_s);
      }
    }
  }
}

function isPassing(thrown: unknown): boolean {
  if (thrown instanceof ProblemError) return mayPass(thrown.problem.status);
  // What `fetch` throws when there is no answer at all.
  return thrown instanceof TypeError;
}
