/** From a raw file to an image in the archive. */
import { useCallback, useEffect, useReducer } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { DropZone } from "./DropZone";
import { JobProgress } from "./JobProgress";
import { followJob } from "./job-events";
import { isOver, NOTHING_YET, reduce } from "./job-state";
import { MethodForm } from "./MethodForm";
import { ProvenanceCard } from "./ProvenanceCard";
import { RawFacts } from "./RawFacts";
import { ResultPreview } from "./ResultPreview";
import "./reconstruct.css";
import { cancelJob, type ParameterValues, sendRawFile, startJob } from "./reconstruct-api";
import { StoreForm } from "./StoreForm";
import { WORDS } from "./words";

export default function ReconstructPage() {
  const say = useWords(WORDS);
  const [state, dispatch] = useReducer(reduce, NOTHING_YET);
  const { raw, jobId, report, problem, sentFraction } = state;
  const fail = useCallback((thrown: unknown) => dispatch({ type: "failed", problem: problemOf(thrown) }), []);

  useEffect(() => {
    if (!jobId) return;
    return followJob(
      jobId,
      (next) => dispatch({ type: "job-reported", report: next }),
      (found) => dispatch({ type: "failed", problem: found }),
    );
  }, [jobId]);

  const read = (file: File) => {
    dispatch({ type: "file-sending", fraction: 0 });
    const onProgress = (fraction: number) => dispatch({ type: "file-sending", fraction });
    sendRawFile(file, onProgress, new AbortController().signal)
      .then((found) => dispatch({ type: "file-read", raw: found }))
      .catch(fail);
  };
  const start = (method: string, parameters: ParameterValues) => {
    if (!raw) return;
    startJob(raw.raw_id, method, parameters)
      .then((started) => dispatch({ type: "job-started", jobId: started }))
      .catch(fail);
  };
  const cancel = () => {
    if (jobId) cancelJob(jobId).catch(fail);
  };
  const isBusy = jobId !== undefined && problem === undefined && !(report && isOver(report));
  const result = report?.result;

  return (
    <div className={`reconstruct ${raw ? "" : "is-empty"}`}>
      <div className="reconstruct-side">
        <header>
          <h1>{say("title")}</h1>
          {raw && (
            <button type="button" className="quiet" disabled={isBusy} onClick={() => dispatch({ type: "start-over" })}>
              {say("anotherFile")}
            </button>
          )}
        </header>
        {!raw && <p className="soft">{say("motto")}</p>}
        {!raw && <DropZone sentFraction={sentFraction} onFile={read} />}
        {!raw && problem && <ProblemNotice problem={problem} />}
        {raw && <RawFacts raw={raw} />}
        {raw && <MethodForm key={raw.raw_id} raw={raw} isBusy={isBusy} onStart={start} />}
      </div>
      {raw && (
        <div className="reconstruct-main">
          {problem && <ProblemNotice problem={problem} />}
          {jobId && <JobProgress report={report} onCancel={cancel} />}
          {!jobId && <p className="result-hint">{say("hint")}</p>}
          {jobId && result && <ResultPreview key={jobId} jobId={jobId} result={result} />}
          {jobId && result && (
            <div className="result-cards">
              {result.provenance && <ProvenanceCard provenance={result.provenance} />}
              <StoreForm key={jobId} jobId={jobId} />
            </div>
          )}
        </div>
      )}
    </div>
  );
}
