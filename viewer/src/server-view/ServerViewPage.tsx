/** The page of views drawn by the server: which series, what is measured, and the way back to the viewer. */
import { lazy, Suspense, useEffect, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { findSeries, type Series } from "../dicomweb/studies";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { measurementsOf } from "../measurements/open-studies";
import { wantPoint } from "../measurements/wanted-point";
import { go } from "../navigation/history";
import { Link } from "../navigation/Link";
import { serverViewPath, viewPath } from "../navigation/route";
import { nameOf, ServerSeries } from "./ServerSeries";
import { hasWebGl } from "./webgl";
import { WORDS } from "./words";

/** Comes with Cornerstone, which draws what is measured on other pages: the picture does not wait for it. */
const MeasurementPanel = lazy(() =>
  import("../measurements/MeasurementPanel").then((found) => ({ default: found.MeasurementPanel })),
);

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
  const showImage = (sopInstanceUid: string, number: number) => {
    const image = measurementsOf(studyUid).images.find(sopInstanceUid, number);
    if (image?.frameOfReferenceUid) wantPoint(image.frameOfReferenceUid, image.geometry.position_mm);
  };
  return (
    <div className="server-view-whole">
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
      <Suspense>
        <MeasurementPanel studyUid={studyUid} onShow={showImage} />
      </Suspense>
    </div>
  );
}
