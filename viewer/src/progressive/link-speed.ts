/**
 * How fast bytes come from the server, as the browser saw them come.
 *
 * Source: W3C Resource Timing (transferSize, responseStart, responseEnd); Network Information API (downlink), which
 * stands in until something large enough has come.
 */

export interface Transfer {
  n_bytes: number;
  time_ms: number;
}

/** Less than this comes in one burst, however slow the line is. */
const TELLING_BYTES = 48_000;
const REMEMBERED = 6;
const SHORTEST_MS = 0.5;

/**
 * Return bytes per second: the best of the last transfers, because others share the line and the machine with each.
 *
 * Undefined when none of them was large enough to tell.
 */
export function bytesPerSecond(transfers: readonly Transfer[]): number | undefined {
  const telling = transfers.filter(({ n_bytes }) => n_bytes >= TELLING_BYTES).slice(-REMEMBERED);
  if (telling.length === 0) return undefined;
  return Math.max(...telling.map(({ n_bytes, time_ms }) => (1000 * n_bytes) / Math.max(time_ms, SHORTEST_MS)));
}

const seen: Transfer[] = [];
let isWatching = false;

/** Begin to note what comes; what came since the page was asked for counts too. */
export function watchTransfers(): void {
  if (isWatching) return;
  isWatching = true;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
      if (entry.transferSize < TELLING_BYTES) continue;
      seen.push({ n_bytes: entry.transferSize, time_ms: entry.responseEnd - entry.responseStart });
      if (seen.length > REMEMBERED) seen.shift();
    }
  });
  observer.observe({ type: "resource", buffered: true });
}

/** Note a transfer that the browser's own list does not tell. */
export function noteTransfer(transfer: Transfer): void {
  if (transfer.n_bytes < TELLING_BYTES) return;
  seen.push(transfer);
  if (seen.length > REMEMBERED) seen.shift();
}

/** Return the rate of the line, undefined when nothing is known of it. */
export function linkRate_per_s(): number | undefined {
  const { connection } = navigator as { connection?: { downlink?: number } };
  const stated = connection?.downlink;
  return bytesPerSecond(seen) ?? (stated ? (stated * 1e6) / 8 : undefined);
}
