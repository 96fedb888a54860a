/**
 * What waits for a sign-in: a page whose session has ended keeps its state, and goes on when somebody has signed in.
 *
 * `onSignedIn` tells of every sign-in over an open page; `onceSignedIn` asks again what was refused.
 */
import { ProblemError } from "../http/problem";

const listeners = new Set<() => void>();

/** Call `listener` whenever the same person has signed in again over an open page; returns how to stop. */
export function onSignedIn(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function announceSignedIn(): void {
  for (const listener of [...listeners]) listener();
}

/** Return what `request` gives; if it is refused because nobody is signed in, ask again after the next sign-in. */
export async function onceSignedIn<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await request();
    } catch (thrown) {
      if (!(thrown instanceof ProblemError) || thrown.problem.status !== 401) throw thrown;
      await nextSignIn(signal);
    }
  }
}

function nextSignIn(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = onSignedIn(() => {
      stop();
      resolve();
    });
    signal?.addEventListener("abort", () => {
      stop();
      reject(new DOMException("Nobody waits for this any more", "AbortError"));
    });
  });
}
