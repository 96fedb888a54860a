/** How long to wait before asking again when the network or the server is away for a while. */

const FIRST_S = 1;
const LONGEST_S = 30;

/** Return the seconds to wait before attempt `nFailures` + 1: 1, 2, 4, 8, 16, 30, 30, ... */
export function waitBeforeRetry_s(nFailures: number): number {
  return Math.min(LONGEST_S, FIRST_S * 2 ** Math.max(0, nFailures - 1));
}

/**
 * Whether a failure with this HTTP status may pass by itself. 0 is no answer at all.
 *
 * Source: RFC 9110 sec. 15.5.9 (408), 15.6.3 (502), 15.6.4 (503), 15.6.5 (504); RFC 6585 sec. 4 (429).
 */
export function mayPass(status: number): boolean {
  return [0, 408, 429, 502, 503, 504].includes(status);
}

/** Wait, but no longer once the browser says that the network is back. */
export function pause(wait_s: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, wait_s * 1000);
    addEventListener("online", end);
    signal?.addEventListener("abort", end);
  });
}
