/** The selected study: who, what, its state, its series with pictures, and the patient's other studies. */
import { useEffect, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { ageInYears } from "../dicomweb/dates";
import { formatPersonName } from "../dicomweb/person-name";
import { findSeries, type Series } from "../dicomweb/studies";
import { type Problem, problemOf } from "../http/problem";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { ShareDialog } from "../session/ShareDialog";
import { useSession } from "../session/session-context";
import { Priors } from "./Priors";
import { useWholeState } from "./StateMark";
import { Thumbnail } from "./Thumbnail";
import { WORDS } from "./words";
import type { ReadingState, Row } from "./work-list-api";

/** While arrows run through the list nothing is asked for. */
const SETTLE_MS = 120;

interface StudyPanelProps {
  study: Row | undefined;
  onMark: (state: ReadingState) => void;
}

/** The panel keeps its place also without a study: a list that moved under a double click would open another one. */
export function StudyPanel({ study, onMark }: StudyPanelProps) {
  const say = useWords(WORDS);
  return (
    <aside className="study-panel" aria-label={say("selected")}>
      {study ? <Selected study={study} onMark={onMark} /> : <p className="soft">{say("selectHint")}</p>}
    </aside>
  );
}

function Selected({ study, onMark }: { study: Row; onMark: (state: ReadingState) => void }) {
  const say = useWords(WORDS);
  const { date, time, number } = useFormats();
  const { user } = useSession();
  const [settled, setSettled] = useState<Row>();
  const whole = useWholeState(study);
  const [isSharing, setSharing] = useState(false);

  useEffect(() => {
    const settle = setTimeout(() => setSettled(study), SETTLE_MS);
    return () => clearTimeout(settle);
  }, [study]);

  const age = ageInYears(study.birth_date, study.date);
  const born = date(study.birth_date);
  const sexes = { M: say("M"), F: say("F"), O: say("O") };
  const facts = [
    ["id", study.patient_id],
    ["born", age === undefined ? born : say("years", { date: born, count: number(age) })],
    ["sex", sexes[study.sex as keyof typeof sexes] ?? study.sex],
    ["date", [date(study.date), time(study.time)].filter(Boolean).join("  ")],
    ["study", study.description],
    ["accession", study.accession_number],
    ["state", whole],
  ] as const;
  return (
    <>
      <h1>{formatPersonName(study.patient_name) || say("noName")}</h1>
      <dl className="facts">
        {facts
          .filter(([, value]) => value)
          .map(([word, value]) => (
            <div key={word} style={{ display: "contents" }}>
              <dt>{say(word)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <div className="panel-actions">
        <Link to={viewPath(study.uid)} className="button primary">
          {say("open")}
        </Link>
        {user.permissions.includes("studies:mark") && (
          <button type="button" onClick={() => onMark(study.state === "read" ? "unread" : "read")}>
            {say(study.state === "read" ? "markUnread" : "markRead")}
          </button>
        )}
        {user.permissions.includes("links:make") && (
          <button type="button" onClick={() => setSharing(true)}>
            {say("share")}
          </button>
        )}
        {isSharing && <ShareDialog studyUid={study.uid} onClose={() => setSharing(false)} />}
      </div>
      {settled?.uid === study.uid && <SeriesCards key={study.uid} studyUid={study.uid} />}
      {settled?.uid === study.uid && <Priors study={settled} />}
    </>
  );
}

function SeriesCards({ studyUid }: { studyUid: string }) {
  const say = useWords(WORDS);
  const { number } = useFormats();
  const [series, setSeries] = useState<readonly Series[]>();
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    let isCurrent = true;
    findSeries(studyUid)
      .then((found) => isCurrent && setSeries(found))
      .catch((thrown) => isCurrent && setProblem(problemOf(thrown)));
    return () => {
      isCurrent = false;
    };
  }, [studyUid]);

  const counted = ({ modality, nInstances = 0 }: Series) =>
    nInstances === 1 ? say("oneInstance", { modality }) : say("nInstances", { modality, count: number(nInstances) });
  return (
    <section>
      <h2>{say("series")}</h2>
      {problem && <ProblemNotice problem={problem} />}
      {!series && !problem && <Waiting label={say("loadingSeries")} />}
      <ul className="series-cards">
        {series?.map((one) => (
          <li key={one.uid}>
            <Link to={viewPath(studyUid, one.uid)} className="series-card">
              <Thumbnail series={one} />
              <span className="series-words">
                <strong>{one.description || say("seriesNumber", { number: one.number ?? "" })}</strong>
                <span className="soft">{counted(one)}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
