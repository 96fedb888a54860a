/** A cell of the grid whose picture the server draws, by choice or because it does not fit this machine. */
import { useEffect, useState } from "react";
import { findSeries, type Series } from "../dicomweb/studies";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { serverViewPath } from "../navigation/route";
import { ServerSeries } from "./ServerSeries";
import { WORDS } from "./words";

interface ServerCellProps {
  studyUid: string;
  seriesUid: string;
  isTooLarge: boolean;
}

export function ServerCell({ studyUid, seriesUid, isTooLarge }: ServerCellProps) {
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
        why={isTooLarge ? say("too-large") : undefined}
      >
        <Link to={serverViewPath(studyUid, seriesUid)}>{say("whole-page")}</Link>
      </ServerSeries>
    </div>
  );
}
