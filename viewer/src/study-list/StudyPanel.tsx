/** The selected study: who, what, and its series with pictures. */
import { useEffect, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { ageInYears, formatDate } from "../dicomweb/dates";
import { formatPersonName } from "../dicomweb/person-name";
import { findSeries, type Series, type Study } from "../dicomweb/studies";
import { type Problem, problemOf } from "../http/problem";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { Thumbnail } from "./Thumbnail";

export function StudyPanel({ study }: { study: Study }) {
  const [series, setSeries] = useState<readonly Series[]>();
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    let isCurrent = true;
    setSeries(undefined);
    setProblem(undefined);
    findSeries(study.uid)
      .then((found) => isCurrent && setSeries(found))
      .catch((thrown) => isCurrent && setProblem(problemOf(thrown)));
    return () => {
      isCurrent = false;
    };
  }, [study.uid]);

  const age = ageInYears(study.birthDate, study.date);
  const facts = [
    ["ID", study.patientId],
    ["Born", [formatDate(study.birthDate), age === undefined ? "" : `(${age} years)`].join(" ").trim()],
    ["Sex", study.sex],
    ["Study", [formatDate(study.date), study.description].filter(Boolean).join("  ")],
    ["Accession", study.accessionNumber],
  ].filter(([, value]) => value);

  return (
    <aside className="study-panel" aria-label="Selected study">
      <h1>{formatPersonName(study.patientName) || "No name"}</h1>
      <dl className="facts">
        {facts.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Link to={viewPath(study.uid)} className="button primary">
        Open study
      </Link>
      <h2>Series</h2>
      {problem && <ProblemNotice problem={problem} />}
      {!series && !problem && <Waiting label="Loading series" />}
      <ul className="series-cards">
        {series?.map((one) => (
          <li key={one.uid}>
            <Link to={viewPath(study.uid, one.uid)} className="series-card">
              <Thumbnail series={one} />
              <span className="series-words">
                <strong>{one.description || `Series ${one.number ?? ""}`}</strong>
                <span className="soft">
                  {one.modality}
                  {one.nInstances === undefined
                    ? ""
                    : `, ${one.nInstances} ${one.nInstances === 1 ? "instance" : "instances"}`}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </aside>
  );
}
