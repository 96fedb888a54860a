/** The frames of every series that was opened, and its objects without any, fetched once. */
import type { Dataset } from "../dicomweb/json-model";
import { pause, waitBeforeRetry_s } from "./backoff";
import { type Frame, framesOf } from "./frames";
import { metadataToOpen } from "./to-open";
import { isPassing } from "./when-reachable";

export class SeriesShelf {
  private readonly known = new Map<string, Promise<readonly Frame[]>>();
  private readonly objects = new Map<string, readonly Dataset[]>();

  /** Return the frames of a series; while the network is away it is asked again, and `onWait` hears of it. */
  frames(studyUid: string, seriesUid: string, onWait: (wait_s: number | undefined) => void = () => {}) {
    const key = `${studyUid}/${seriesUid}`;
    const known = this.known.get(key) ?? this.fetch(studyUid, seriesUid, onWait);
    this.known.set(key, known);
    known.catch(() => this.known.delete(key));
    return known;
  }

  /** Return the objects of a series that turned out to have no frames. */
  instances(studyUid: string, seriesUid: string): readonly Dataset[] {
    return this.objects.get(`${studyUid}/${seriesUid}`) ?? [];
  }

  private async fetch(studyUid: string, seriesUid: string, onWait: (wait_s: number | undefined) => void) {
    for (let nFailures = 0; ; ) {
      try {
        const instances = await metadataToOpen(studyUid, seriesUid);
        const frames = framesOf(instances);
        if (frames.length === 0) this.objects.set(`${studyUid}/${seriesUid}`, instances);
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
