/** Ask again while the network is away; what the archive refuses fails at once. */
import { ProblemError } from "../http/problem";
import { mayPass, pause, waitBeforeRetry_s } from "./backoff";

export async function whenReachable<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  onFailure: (thrown: unknown) => void,
): Promise<T> {
  for (let nFailures = 1; ; nFailures += 1) {
    try {
      return await ask();
    } catch (thrown) {
      if (signal.aborted || !isPassing(thrown)) throw thrown;
      onFailure(thrown);
      await pause(waitBeforeRetry_s(nFailures), signal);
    }
  }
}

/** Whether a failure may pass by itself. */
export function isPassing(thrown: unknown): boolean {
  if (thrown instanceof ProblemError) return mayPass(thrown.problem.status);
  // What `fetch` throws when there is no answer at all.
  return thrown instanceof TypeError;
}
