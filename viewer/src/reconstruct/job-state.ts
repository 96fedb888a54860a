/** The state of the reconstruct page, and how each event changes it. */
import type { Problem } from "../http/problem";
import { sayIn } from "../language/words";
import type { JobReport, RawFile } from "./reconstruct-api";
import { WORDS } from "./words";

export interface ReconstructState {
  raw: RawFile | undefined;
  /** How much of a file has been sent, undefined when none is being sent. */
  sentFraction: number | undefined;
  jobId: string | undefined;
  report: JobReport | undefined;
  problem: Problem | undefined;
}

export type ReconstructEvent =
  | { type: "file-sending"; fraction: number }
  | { type: "file-read"; raw: RawFile }
  | { type: "job-started"; jobId: string }
  | { type: "job-reported"; report: JobReport }
  | { type: "failed"; problem: Problem }
  | { type: "start-over" };

export const NOTHING_YET: ReconstructState = {
  raw: undefined,
  sentFraction: undefined,
  jobId: undefined,
  report: undefined,
  problem: undefined,
};

export function reduce(state: ReconstructState, event: ReconstructEvent): ReconstructState {
  switch (event.type) {
    case "file-sending":
      return { ...NOTHING_YET, sentFraction: event.fraction };
    case "file-read":
      return { ...NOTHING_YET, raw: event.raw };
    case "job-started":
      return { ...state, jobId: event.jobId, report: undefined, problem: undefined };
    case "job-reported":
      return reported(state, event.report);
    case "failed":
      return { ...state, sentFraction: undefined, problem: event.problem };
    case "start-over":
      return NOTHING_YET;
  }
}

/** Reports of another job, and reports that arrive after the last one, change nothing. */
function reported(state: ReconstructState, report: JobReport): ReconstructState {
  if (report.job_id !== state.jobId) return state;
  if (state.report && isOver(state.report)) return state;
  return { ...state, report, problem: report.state === "failed" ? (report.error ?? unexplained()) : state.problem };
}

function unexplained(): Problem {
  const say = sayIn(WORDS);
  return { title: say("failed"), status: 500, detail: say("noReason") };
}

export function isOver(report: JobReport): boolean {
  return report.state === "done" || report.state === "failed" || report.state === "cancelled";
}

/** Return how far a job is, 0 to 1, or undefined when it cannot be known. */
export function fractionDone(report: JobReport): number | undefined {
  if (report.state === "done") return 1;
  if (report.total === null || report.total <= 0) return undefined;
  return Math.min(1, report.done / report.total);
}
