/** The series of the study, with pictures, to be opened or dragged to a cell. */
import type { DragEvent, ReactNode } from "react";
import type { Series } from "../dicomweb/studies";
import { useWords } from "../language/words";
import { SERIES_TYPE } from "../layout/ViewportGrid";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { Thumbnail } from "../study-list/Thumbnail";
import { WORDS } from "./words";

interface SeriesRailProps {
  series: readonly Series[];
  current: string | undefined;
  /** Series in any cell. */
  shown: ReadonlySet<string>;
  onOpen: (seriesUid: string) => void;
  /** What stands below. */
  children?: ReactNode;
}

export function SeriesRail({ series, current, shown, onOpen, children }: SeriesRailProps) {
  const say = useWords(WORDS);
  const drag = (event: DragEvent, uid: string) => {
    event.dataTransfer.setData(SERIES_TYPE, uid);
    event.dataTransfer.effectAllowed = "copy";
  };
  return (
    <nav className="series-rail" aria-label={say("series")}>
      <ul>
        {series.map((one) => (
          <li
            key={one.uid}
            data-shown={shown.has(one.uid) || undefined}
            onDragStart={(event) => drag(event, one.uid)}
            onClickCapture={(event) => event.ctrlKey || event.metaKey || event.shiftKey || onOpen(one.uid)}
          >
            <Link to={viewPath(one.studyUid, one.uid)} className="rail-card" current={one.uid === current}>
              <Thumbnail series={one} />
              <span className="rail-words">
                <span>{one.description || say("series-number", { number: one.number ?? "" })}</span>
                <span>
                  {one.modality} {one.nInstances ?? ""}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {children}
    </nav>
  );
}
