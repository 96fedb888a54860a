/** Store the result in the archive as DICOM. */
import { type FormEvent, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { type StoredSeries, storeResult } from "./reconstruct-api";

const FIELDS = [
  ["patient_id", "Patient ID", "As in your hospital's records"],
  ["patient_name", "Patient name", "Family^Given"],
  ["study_description", "Study description", ""],
  ["series_description", "Series description", ""],
] as const;

export function StoreForm({ jobId }: { jobId: string }) {
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
        <h2>Stored</h2>
        <p>
          {stored.instances} {stored.instances === 1 ? "instance" : "instances"} in the archive.
        </p>
        <Link to={viewPath(stored.study_uid, stored.series_uid)} className="button primary">
          Open in the viewer
        </Link>
      </section>
    );
  }
  return (
    <section className="card">
      <h2>Store as DICOM</h2>
      <form className="store-form" onSubmit={submit} autoComplete="off">
        {FIELDS.map(([name, label, hint]) => (
          <label key={name} className="field">
            <span>{label}</span>
            <input name={name} placeholder={hint} maxLength={64} required={name === "patient_id"} />
          </label>
        ))}
        {problem && <ProblemNotice problem={problem} />}
        <button type="submit" className="primary" disabled={isWaiting}>
          {isWaiting ? "Storing" : "Store"}
        </button>
      </form>
    </section>
  );
}
