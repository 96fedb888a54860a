/** A cell of the grid whose picture the server draws, by choice or because it does not fit this machine. */
import { useEffect, useState } from "react";
import { findSeries, type Series } from "../dicomweb/studies";
import { useWords } from "../language/words";
import type { Cell } from "../layout/layout";
import { Link } from "../navigation/Link";
import { serverViewPath } from "../navigation/route";
import { ServerSeries } from "./ServerSeries";
import { type Mode, PLANES } from "./view-state";
import { WORDS } from "./words";

interface ServerCellProps {
  studyUid: string;
  seriesUid: string;
  isTooLarge: boolean;
  /** The plane, or the body, that was asked for. */
  mode?: Mode | undefined;
}

export function ServerCell({ studyUid, seriesUid, isTooLarge, mode }: ServerCellProps) {
  const say = useWords(WORDS);
  const [series, setSeries] = useState<readonly Series[]>([]);
  useEffect(() => {
    // Only what may be laid over it hangs on this list: without it the picture is there all the same.
    findSeries(studyUid)
      .then(setSeries)
      .catch(() => setSeries([]));
  }, [studyUid]);
  return (
    <div className="server-cell">
      <ServerSeries
        studyUid={studyUid}
        seriesUid={seriesUid}
        series={series}
        mode={mode}
        why={isTooLarge ? say("too-large") : undefined}
      >
        <Link to={serverViewPath(studyUid, seriesUid)}>{say("whole-page")}</Link>
      </ServerSeries>
    </div>
  );
}

/** Return what the server is to draw for a cell of planes or of a solid; undefined where it has no such view. */
export function modeOf({ kind, settings }: Cell): Mode | undefined {
  return kind === "solid" ? "body" : PLANES.find((plane) => plane === settings.plane);
}
