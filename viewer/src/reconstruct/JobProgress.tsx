/** How far a reconstruction is, with a way to stop it. */
import { fractionDone, isOver } from "./job-state";
import type { JobReport } from "./reconstruct-api";

const WORDS: Record<JobReport["state"], string> = {
  queued: "Waiting for its turn",
  running: "Reconstructing",
  done: "Done",
  failed: "Failed",
  cancelled: "Stopped",
};

export function JobProgress({ report, onCancel }: { report: JobReport | undefined; onCancel: () => void }) {
  const fraction = report ? fractionDone(report) : undefined;
  const steps =
    report && report.total !== null && report.state === "running" ? `${report.done} of ${report.total}` : "";
  const words = [report ? WORDS[report.state] : "Starting", report?.state === "running" ? report.message : "", steps];
  return (
    <section className="card job-progress">
      <header>
        <span role="status">{words.filter(Boolean).join(" · ")}</span>
        <span className="soft">{report ? `${report.elapsed_s.toFixed(1)} s` : ""}</span>
        {!(report && isOver(report)) && (
          <button type="button" onClick={onCancel}>
            Stop
          </button>
        )}
      </header>
      <div
        className={`progress ${fraction === undefined && !(report && isOver(report)) ? "unknown" : ""}`}
        role="progressbar"
        aria-label="Reconstruction"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={fraction === undefined ? undefined : Math.round(fraction * 100)}
      >
        <div style={fraction === undefined ? {} : { width: `${fraction * 100}%` }} />
      </div>
    </section>
  );
}
