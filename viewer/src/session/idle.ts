/** When a session is about to end for want of activity: pure decisions over times in seconds. */

/** How long before the end a person is warned: a minute, less when sessions are short. */
export function warningLead_s(idle_s: number): number {
  return Math.min(60, idle_s / 3);
}

/** How often activity is reported: often enough that the server never ends a session in which somebody works. */
export function reportEvery_s(idle_s: number): number {
  return Math.min(60, idle_s / 4);
}

export type Step = "nothing" | "report" | "ask" | "over";

export interface Watch {
  now_s: number;
  /** When the session ends as far as this page knows; other pages may have prolonged it. */
  endsAt_s: number;
  idle_s: number;
  reportedAt_s: number;
  /** When the server was last asked how long is left. */
  askedAt_s: number;
  /** Whether somebody has touched mouse, keys or screen since the last report. */
  isActive: boolean;
  isWarning: boolean;
}

const ASK_EVERY_S = 5;

/** Return what to do now. While the warning stands, only an answer to it counts as activity. */
export function nextStep(watch: Watch): Step {
  const left_s = watch.endsAt_s - watch.now_s;
  if (left_s <= 0) return "over";
  if (watch.isActive && !watch.isWarning && watch.now_s - watch.reportedAt_s >= reportEvery_s(watch.idle_s)) {
    return "report";
  }
  const isNear = left_s <= warningLead_s(watch.idle_s);
  return isNear && watch.now_s - watch.askedAt_s >= ASK_EVERY_S ? "ask" : "nothing";
}
