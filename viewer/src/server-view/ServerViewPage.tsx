/** The page of views drawn by the server: which series, and the way back to the viewer. */
import { useEffect, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { findSeries, type Series } from "../dicomweb/studies";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { go } from "../navigation/history";
import { Link } from "../navigation/Link";
import { serverViewPath, viewPath } from "../navigation/route";
import { nameOf, ServerSeries } from "./ServerSeries";
import { hasWebGl } from "./webgl";
import { WORDS } from "./words";

/** Without a series the first one is shown. */
export default function ServerViewPage({ studyUid, seriesUid }: { studyUid: string; seriesUid: string | undefined }) {
  const say = useWords(WORDS);
  const [series, setSeries] = useState<Series[]>([]);
  const [problem, setProblem] = useState<Problem>();
  const shown = seriesUid ?? series[0]?.uid;

  useEffect(() => {
    findSeries(studyUid)
      .then(setSeries)
      .catch((thrown) => setProblem(problemOf(thrown)));
  }, [studyUid]);

  if (problem) return <ProblemNotice problem={problem} />;
  if (shown === undefined) return <Waiting label={say("reading")} />;
  return (
    <ServerSeries studyUid={studyUid} seriesUid={shown} series={series} why={hasWebGl() ? undefined : say("why")}>
      {hasWebGl() && <Link to={viewPath(studyUid, shown)}>{say("back")}</Link>}
      <label>
        {say("series")}
        <select value={shown} onChange={(event) => go(serverViewPath(studyUid, event.target.value))}>
          {series.map((each) => (
            <option key={each.uid} value={each.uid}>
              {nameOf(each)}
            </option>
          ))}
        </select>
      </label>
    </ServerSeries>
  );
}
