/** The state of the reconstruct page, and how each event changes it. */
import type { Problem } from "../http/problem";
import { sayIn } from "../language/words";
import type { JobReport, ParameterValues, RawFile, Result } from "./reconstruct-api";
import { WORDS } from "./words";

/** A reconstruction that is done, and what it was asked with. */
export interface Take {
  jobId: string;
  number: number;
  method: string;
  parameters: ParameterValues;
  result: Result;
}

/** How many are kept to compare; the server keeps a few more. */
const MOST_TAKES = 12;

export interface ReconstructState {
  raw: RawFile | undefined;
  /** How much of a file has been sent, undefined when none is being sent. */
  sentFraction: number | undefined;
  jobId: string | undefined;
  report: JobReport | undefined;
  problem: Problem | undefined;
  asked: { method: string; parameters: ParameterValues } | undefined;
  takes: readonly Take[];
  nTaken: number;
  /** One take to look at, or two side by side: the second is the newest unless it was chosen. */
  shown: readonly string[];
}

export type ReconstructEvent =
  | { type: "file-sending"; fraction: number }
  | { type: "file-read"; raw: RawFile }
  | { type: "job-started"; jobId: string; method: string; parameters: ParameterValues }
  | { type: "job-reported"; report: JobReport }
  | { type: "failed"; problem: Problem }
  | { type: "show"; shown: readonly string[] }
  | { type: "start-over" };

export const NOTHING_YET: ReconstructState = {
  raw: undefined,
  sentFraction: undefined,
  jobId: undefined,
  report: undefined,
  problem: undefined,
  asked: undefined,
  takes: [],
  nTaken: 0,
  shown: [],
};

export function reduce(state: ReconstructState, event: ReconstructEvent): ReconstructState {
  switch (event.type) {
    case "file-sending":
      return { ...NOTHING_YET, sentFraction: event.fraction };
    case "file-read":
      return { ...NOTHING_YET, raw: event.raw };
    case "job-started":
      return {
        ...state,
        jobId: event.jobId,
        report: undefined,
        problem: undefined,
        asked: { method: event.method, parameters: event.parameters },
      };
    case "job-reported":
      return reported(state, event.report);
    case "failed":
      return { ...state, sentFraction: undefined, problem: event.problem };
    case "show":
      return { ...state, shown: event.shown };
    case "start-over":
      return NOTHING_YET;
  }
}

/** Reports of another job, and reports that arrive after the last one, change nothing. */
function reported(state: ReconstructState, report: JobReport): ReconstructState {
  if (report.job_id !== state.jobId) return state;
  if (state.report && isOver(state.report)) return state;
  const next = {
    ...state,
    report,
    problem: report.state === "failed" ? (report.error ?? unexplained()) : state.problem,
  };
  return report.state === "done" && report.result ? taken(next, report.result) : next;
}

/** The first take stands alone; the next comes beside the one that is looked at, and takes the place of a second. */
function taken(state: ReconstructState, result: Result): ReconstructState {
  if (!state.asked || state.jobId === undefined) return state;
  const take = { jobId: state.jobId, number: state.nTaken + 1, ...state.asked, result };
  const [first] = state.shown;
  const shown = first === undefined ? [take.jobId] : [first, take.jobId];
  const kept = state.takes.filter((one, index) => shown.includes(one.jobId) || index > state.takes.length - MOST_TAKES);
  return { ...state, takes: [...kept, take], nTaken: take.number, shown };
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
