/** What may wait until a picture is drawn and the browser has a moment, but not until it is forgotten. */
const LONGEST_MS = 200;

/** Act once the browser has time between two pictures, or after a fifth of a second; returns how to call it off. */
export function whenTime(act: () => void): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(act, LONGEST_MS / 4);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(act, { timeout: LONGEST_MS });
  return () => cancelIdleCallback(handle);
}
