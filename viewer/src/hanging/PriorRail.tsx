/** Series of the patient's other studies, to be opened beside this one or dragged to a cell. */
import { type DragEvent, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { findSeries, type Series } from "../dicomweb/studies";
import { hasUsuallyPictures } from "../documents/without-pictures";
import { type Problem, problemOf } from "../http/problem";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { SERIES_TYPE } from "../layout/ViewportGrid";
import { Thumbnail } from "../study-list/Thumbnail";
import type { Row } from "../study-list/work-list-api";
import type { Hanging } from "./use-hanging";
import { WORDS } from "./words";

interface PriorRailProps {
  hanging: Hanging;
  /** Series in any cell. */
  shown: ReadonlySet<string>;
  onOpen: (seriesUid: string) => void;
}

export function PriorRail({ hanging, shown, onOpen }: PriorRailProps) {
  const say = useWords(WORDS);
  const others = hanging.read?.others ?? [];
  if (others.length === 0) return null;
  return (
    <section className="prior-rail" aria-label={say("priors")}>
      <h2>{say("priors")}</h2>
      {others.map((row) => (
        <PriorStudy key={row.uid} row={row} shown={shown} onOpen={onOpen} onSeries={hanging.meet} />
      ))}
    </section>
  );
}

interface PriorStudyProps {
  row: Row;
  shown: ReadonlySet<string>;
  onOpen: (seriesUid: string) => void;
  onSeries: (series: readonly Series[]) => void;
}

function PriorStudy({ row, shown, onOpen, onSeries }: PriorStudyProps) {
  const { date } = useFormats();
  const [series, setSeries] = useState<readonly Series[]>();
  const [problem, setProblem] = useState<Problem>();
  const unfold = (isOpen: boolean) => {
    if (!isOpen || series) return;
    setProblem(undefined);
    findSeries(row.uid)
      .then((found) => {
        const pictures = found.filter(({ modality }) => hasUsuallyPictures(modality));
        onSeries(pictures);
        setSeries(pictures);
      })
      .catch((thrown) => setProblem(problemOf(thrown)));
  };
  const drag = (event: DragEvent, uid: string) => {
    event.dataTransfer.setData(SERIES_TYPE, uid);
    event.dataTransfer.effectAllowed = "copy";
  };
  return (
    <details onToggle={(event) => unfold(event.currentTarget.open)}>
      <summary>
        <span>{date(row.date) || "?"}</span> <span className="soft">{row.modalities.replaceAll(",", " ")}</span>
        <span className="prior-title">{row.description}</span>
      </summary>
      {problem && <ProblemNotice problem={problem} />}
      <ul>
        {series?.map((one) => (
          <li key={one.uid} data-shown={shown.has(one.uid) || undefined}>
            <button
              type="button"
              className="rail-card"
              draggable
              onDragStart={(event) => drag(event, one.uid)}
              onClick={() => onOpen(one.uid)}
            >
              <Thumbnail series={one} />
              <span className="rail-words">
                <span>{one.description || `#${one.number ?? ""}`}</span>
                <span>
                  {one.modality} {one.nInstances ?? ""}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
