/** What a reader waits for goes first: what is fetched ahead stands back for it. */

/** What takes longer is not waited for: it may never come. */
const LONGEST_MS = 4000;
const begun = new Set<Promise<unknown>>();

/** Let others stand back until this has ended, well or not. */
export function standBackFor(work: Promise<unknown>): void {
  const one: Promise<unknown> = Promise.race([work.catch(() => {}), pause(LONGEST_MS)]);
  begun.add(one);
  void one.then(() => begun.delete(one));
}

/** Resolve once nobody waits for anything, at once if nobody does. */
export async function whenNobodyWaits(): Promise<void> {
  while (begun.size > 0) await Promise.race(begun);
}

/** Resolve once what was changed has been drawn; a page that is hidden draws nothing. */
export function drawn(): Promise<void> {
  if (typeof requestAnimationFrame === "undefined") return Promise.resolve();
  const painted = new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return Promise.race([painted, pause(LONGEST_MS / 10)]);
}

function pause(time_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time_ms));
}
