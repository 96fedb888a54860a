/** Store the result in the archive as DICOM. */
import { type FormEvent, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { type StoredSeries, storeResult } from "./reconstruct-api";
import { WORDS } from "./words";

const FIELDS = [
  ["patient_id", "idHint"],
  ["patient_name", "nameHint"],
  ["study_description", undefined],
  ["series_description", undefined],
] as const;

export function StoreForm({ jobId }: { jobId: string }) {
  const say = useWords(WORDS);
  const { number } = useFormats();
  const [stored, setStored] = useState<StoredSeries>();
  const [problem, setProblem] = useState<Problem>();
  const [isWaiting, setWaiting] = useState(false);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string) => String(form.get(name) ?? "").trim();
    setWaiting(true);
    setProblem(undefined);
    storeResult(jobId, {
      patient_id: given("patient_id"),
      patient_name: given("patient_name"),
      study_description: given("study_description"),
      series_description: given("series_description"),
    })
      .then(setStored)
      .catch((thrown) => setProblem(problemOf(thrown)))
      .finally(() => setWaiting(false));
  };

  if (stored) {
    return (
      <section className="card stored" role="status">
        <h2>{say("stored")}</h2>
        <p>{stored.instances === 1 ? say("oneStored") : say("nStored", { count: number(stored.instances) })}</p>
        <Link to={viewPath(stored.study_uid, stored.series_uid)} className="button primary">
          {say("openInViewer")}
        </Link>
      </section>
    );
  }
  return (
    <section className="card">
      <h2>{say("store")}</h2>
      <form className="store-form" onSubmit={submit} autoComplete="off">
        {FIELDS.map(([name, hint]) => (
          <label key={name} className="field">
            <span>{say(name)}</span>
            <input name={name} placeholder={hint && say(hint)} maxLength={64} required={name === "patient_id"} />
          </label>
        ))}
        {problem && <ProblemNotice problem={problem} />}
        <button type="submit" className="primary" disabled={isWaiting}>
          {say(isWaiting ? "storing" : "storeNow")}
        </button>
      </form>
    </section>
  );
}
