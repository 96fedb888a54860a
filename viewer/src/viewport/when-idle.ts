/** Resolve once the page has nothing else to do; reject when the signal says so. */
export function whenIdle(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const act = () => (signal.aborted ? reject(signal.reason) : resolve());
    if (typeof requestIdleCallback === "function") requestIdleCallback(act, { timeout: 3000 });
    else setTimeout(act, 500);
  });
}
