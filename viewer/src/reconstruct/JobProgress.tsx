/** How far a reconstruction is, with a way to stop it. */
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { fractionDone, isOver } from "./job-state";
import type { JobReport } from "./reconstruct-api";
import { WORDS } from "./words";

export function JobProgress({ report, onCancel }: { report: JobReport | undefined; onCancel: () => void }) {
  const say = useWords(WORDS);
  const { number } = useFormats();
  const fraction = report ? fractionDone(report) : undefined;
  const steps =
    report && report.total !== null && report.state === "running"
      ? say("steps", { done: report.done, total: report.total })
      : "";
  const words = [say(report ? report.state : "starting"), report?.state === "running" ? report.message : "", steps];
  return (
    <section className="card job-progress">
      <header>
        <span role="status">{words.filter(Boolean).join(" · ")}</span>
        <span className="soft">
          {report ? say("seconds", { count: number(Math.round(report.elapsed_s * 10) / 10) }) : ""}
        </span>
        {!(report && isOver(report)) && (
          <button type="button" onClick={onCancel}>
            {say("stop")}
          </button>
        )}
      </header>
      <div
        className={`progress ${fraction === undefined && !(report && isOver(report)) ? "unknown" : ""}`}
        role="progressbar"
        aria-label={say("progress")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={fraction === undefined ? undefined : Math.round(fraction * 100)}
      >
        <div style={fraction === undefined ? {} : { width: `${fraction * 100}%` }} />
      </div>
    </section>
  );
}
