/** The series of the study, with pictures. */
import type { Series } from "../dicomweb/studies";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { Thumbnail } from "../study-list/Thumbnail";

export function SeriesRail({ series, current }: { series: readonly Series[]; current: string | undefined }) {
  return (
    <nav className="series-rail" aria-label="Series">
      <ul>
        {series.map((one) => (
          <li key={one.uid}>
            <Link to={viewPath(one.studyUid, one.uid)} className="rail-card" current={one.uid === current}>
              <Thumbnail series={one} />
              <span className="rail-words">
                <span>{one.description || `Series ${one.number ?? ""}`}</span>
                <span>
                  {one.modality} {one.nInstances ?? ""}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
