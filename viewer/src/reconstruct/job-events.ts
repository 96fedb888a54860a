/** Follow a job: server-sent events, and asking once a second when those fail. Source: WHATWG HTML sec. 9.2. */
import { type Problem, problemOf } from "../http/problem";
import { isOver } from "./job-state";
import { type JobReport, jobReport } from "./reconstruct-api";

const ASK_EVERY_MS = 1000;

/** Call `onReport` with every state of the job until it is over; returns how to stop. */
export function followJob(
  jobId: string,
  onReport: (report: JobReport) => void,
  onProblem: (problem: Problem) => void,
): () => void {
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const events = new EventSource(`/api/jobs/${jobId}/events`);

  const take = (report: JobReport) => {
    if (isStopped) return;
    onReport(report);
    if (isOver(report)) stop();
  };
  const ask = async () => {
    try {
      take(await jobReport(jobId));
    } catch (thrown) {
      if (!isStopped) onProblem(problemOf(thrown));
      stop();
    }
    if (!isStopped) timer = setTimeout(ask, ASK_EVERY_MS);
  };
  const stop = () => {
    isStopped = true;
    events.close();
    clearTimeout(timer);
  };

  events.onmessage = (event) => take(JSON.parse(String(event.data)) as JobReport);
  events.onerror = () => {
    events.close();
    if (!isStopped && timer === undefined) timer = setTimeout(ask, 0);
  };
  return stop;
}
