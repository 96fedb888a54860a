/** The other studies of the selected study's patient, the newest first. */
import { useEffect, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { StateMark } from "./StateMark";
import { useApart } from "./time-apart";
import { WORDS } from "./words";
import { priorsOf, type Row } from "./work-list-api";

export function Priors({ study }: { study: Row }) {
  const say = useWords(WORDS);
  const { date } = useFormats();
  const apart = useApart();
  const [priors, setPriors] = useState<readonly Row[]>();
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    let isCurrent = true;
    setPriors(undefined);
    setProblem(undefined);
    priorsOf(study.uid)
      .then((found) => isCurrent && setPriors(found))
      .catch((thrown) => isCurrent && setProblem(problemOf(thrown)));
    return () => {
      isCurrent = false;
    };
  }, [study.uid]);

  return (
    <section className="priors">
      <h2>{say("priors")}</h2>
      {problem && <ProblemNotice problem={problem} />}
      {priors?.length === 0 && <p className="soft">{say("noPriors")}</p>}
      <ul>
        {priors?.map((prior) => (
          <li key={prior.uid}>
            <Link to={viewPath(prior.uid)} className="prior">
              <span className="prior-date">{date(prior.date)}</span>
              <span className="prior-modality">{prior.modalities.replaceAll(",", " ")}</span>
              <StateMark row={prior} />
              <span className="prior-words">{prior.description}</span>
              <span className="prior-apart">{apart(study.date, prior.date)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
