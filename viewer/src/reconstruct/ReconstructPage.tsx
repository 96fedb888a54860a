/** From a raw file to an image in the archive. */
import { useCallback, useEffect, useReducer, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { Bench } from "./Bench";
import { DropZone } from "./DropZone";
import { JobProgress } from "./JobProgress";
import { followJob } from "./job-events";
import { isOver, NOTHING_YET, reduce } from "./job-state";
import { type FormTexts, formFor, MethodForm } from "./MethodForm";
import { ProvenanceCard } from "./ProvenanceCard";
import { packed } from "./packed";
import { RawFacts } from "./RawFacts";
import "./reconstruct.css";
import { cancelJob, type ParameterValues, sendRawFile, startJob } from "./reconstruct-api";
import { StoreForm } from "./StoreForm";
import { WORDS } from "./words";

export default function ReconstructPage() {
  const say = useWords(WORDS);
  const [state, dispatch] = useReducer(reduce, NOTHING_YET);
  const [form, setForm] = useState<FormTexts>();
  const { raw, jobId, report, problem, sentFraction, takes, shown } = state;
  const fail = useCallback((thrown: unknown) => dispatch({ type: "failed", problem: problemOf(thrown) }), []);

  useEffect(() => {
    if (!jobId) return;
    return followJob(
      jobId,
      (next) => dispatch({ type: "job-reported", report: next }),
      (found) => dispatch({ type: "failed", problem: found }),
    );
  }, [jobId]);

  const read = (files: readonly File[]) => {
    dispatch({ type: "file-sending", fraction: 0 });
    const onProgress = (fraction: number) => dispatch({ type: "file-sending", fraction });
    // What cannot be packed fails like what cannot be sent.
    Promise.resolve(files)
      .then(packed)
      .then((file) => sendRawFile(file, onProgress, new AbortController().signal))
      .then((found) => {
        setForm(formFor(found));
        dispatch({ type: "file-read", raw: found });
      })
      .catch(fail);
  };
  const start = (method: string, parameters: ParameterValues, options: Record<string, string>) => {
    if (!raw) return;
    startJob(raw.raw_id, method, parameters, options)
      .then((started) => dispatch({ type: "job-started", jobId: started, method, parameters }))
      .catch(fail);
  };
  const cancel = () => {
    if (jobId) cancelJob(jobId).catch(fail);
  };
  const isBusy = jobId !== undefined && problem === undefined && !(report && isOver(report));
  const asked = raw && (form ?? formFor(raw));
  const method = raw?.methods.find((one) => one.name === asked?.method);
  const knowsRegion = method?.parameters.some(({ name }) => name === "fov_mm") ?? false;
  const takeRegion = (region: Record<string, number>) => {
    if (!asked) return;
    const texts = Object.fromEntries(Object.entries(region).map(([name, value]) => [name, String(value)]));
    setForm({ ...asked, texts: { ...asked.texts, ...texts } });
  };

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
        {!raw && <DropZone sentFraction={sentFraction} onFiles={read} onProblem={fail} />}
        {!raw && problem && <ProblemNotice problem={problem} />}
        {raw && <RawFacts raw={raw} />}
        {raw && asked && <MethodForm raw={raw} form={asked} isBusy={isBusy} onChange={setForm} onStart={start} />}
      </div>
      {raw && (
        <div className="reconstruct-main">
          {problem && <ProblemNotice problem={problem} />}
          {jobId && <JobProgress report={report} onCancel={cancel} />}
          {!jobId && <p className="result-hint">{say("hint")}</p>}
          {takes.length > 0 && (
            <Bench
              raw={raw}
              takes={takes}
              shown={shown}
              onShow={(next) => dispatch({ type: "show", shown: next })}
              onRegion={knowsRegion ? takeRegion : undefined}
            />
          )}
          <div className="result-cards">
            {takes
              .filter((take) => shown.includes(take.jobId))
              .sort((a, b) => shown.indexOf(a.jobId) - shown.indexOf(b.jobId))
              .map((take) => (
                <div key={take.jobId} className="result-of-take">
                  {take.result.provenance && <ProvenanceCard provenance={take.result.provenance} />}
                  <StoreForm jobId={take.jobId} />
                </div>
              ))}
          </div>
        </div>
      )}
    </div>
  );
}
