/** The viewer: the series of a study, and one of them on the screen. */
import { useEffect, useState } from "react";
import { ErrorBoundary } from "../design/ErrorBoundary";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { seriesMetadata } from "../dicomweb/retrieve";
import { findSeries, type Series } from "../dicomweb/studies";
import { type Problem, problemOf } from "../http/problem";
import { MeasurementPanel } from "../measurements/MeasurementPanel";
import { go } from "../navigation/history";
import { viewPath } from "../navigation/route";
import { type Frame, framesOf } from "./frames";
import { SeriesRail } from "./SeriesRail";
import { SeriesView } from "./SeriesView";
import "./viewer.css";

interface ViewerPageProps {
  studyUid: string;
  seriesUid: string | undefined;
}

/** Modalities whose objects hold no pictures of their own. */
const WITHOUT_PICTURES = new Set(["SR", "PR", "KO", "RTSTRUCT", "RTPLAN", "REG", "ECG", "DOC", "AU", "HD"]);

export default function ViewerPage({ studyUid, seriesUid }: ViewerPageProps) {
  const [series, setSeries] = useState<readonly Series[]>();
  const [loaded, setLoaded] = useState<{ seriesUid: string; frames: Frame[] }>();
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    let isCurrent = true;
    setSeries(undefined);
    findSeries(studyUid)
      .then((found) => isCurrent && setSeries(found))
      .catch((thrown) => isCurrent && setProblem(problemOf(thrown)));
    return () => {
      isCurrent = false;
    };
  }, [studyUid]);

  useEffect(() => {
    if (seriesUid || !series) return;
    const first = series.find(({ modality }) => !WITHOUT_PICTURES.has(modality)) ?? series[0];
    if (first) go(viewPath(studyUid, first.uid), true);
    else
      setProblem({
        title: "The archive has no series of this study",
        status: 404,
        remedy: "Open it from the study list.",
      });
  }, [studyUid, seriesUid, series]);

  useEffect(() => {
    if (!seriesUid) return;
    const stop = new AbortController();
    setProblem(undefined);
    seriesMetadata(studyUid, seriesUid, stop.signal)
      .then((metadata) => setLoaded({ seriesUid, frames: framesOf(metadata) }))
      .catch((thrown) => stop.signal.aborted || setProblem(problemOf(thrown)));
    return () => stop.abort();
  }, [studyUid, seriesUid]);

  const toSeries = (step: -1 | 1) => {
    const at = series?.findIndex(({ uid }) => uid === seriesUid) ?? -1;
    const target = series?.[at + step];
    if (target) go(viewPath(studyUid, target.uid), true);
  };
  const frames = loaded?.seriesUid === seriesUid ? loaded?.frames : undefined;

  return (
    <div className="viewer">
      <SeriesRail series={series ?? []} current={seriesUid} />
      <section className="stage" aria-label="Picture">
        {problem && (
          <div className="stage-notice">
            <ProblemNotice problem={problem} />
          </div>
        )}
        {!problem && !frames && <Waiting label="Opening the series" />}
        {!problem && frames?.length === 0 && (
          <div className="stage-notice">
            <ProblemNotice
              problem={{
                title: "This series holds no pictures",
                status: 0,
                detail: "It may be a report, a plan, or another object that is read and not looked at.",
                remedy: "Choose another series on the left.",
              }}
            />
          </div>
        )}
        {!problem && frames && frames.length > 0 && seriesUid && (
          <ErrorBoundary key={seriesUid}>
            <SeriesView frames={frames} studyUid={studyUid} seriesUid={seriesUid} onSeries={toSeries} />
          </ErrorBoundary>
        )}
      </section>
      <MeasurementPanel key={studyUid} studyUid={studyUid} />
    </div>
  );
}
