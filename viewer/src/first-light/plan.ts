/** What a study opens with, decided as the reading page decides it, before that page's own code is there. */

import { BUILT_IN } from "../hanging/built-in";
import { firstProtocol, type ReadForHanging, readForHanging } from "../hanging/for-hanging";
import { hungStage, judgeProtocols } from "../hanging/match";
import { shareAhead } from "../http/ahead";
import { emptyLayout, type Layout, stackOf, withCell } from "../layout/layout";
import { type User, whoIsSignedIn } from "../session/session-api";
import { openingSeries } from "../viewport/pictures";
import { seriesAhead } from "../viewport/to-open";

/** Return the layout that the page will show, or undefined when there is nothing to show or nobody is signed in. */
export async function openingLayout(studyUid: string, seriesUid: string | undefined): Promise<Layout | undefined> {
  if (seriesUid) return withCell(emptyLayout(), 0, stackOf(studyUid, seriesUid));
  const [user, series] = await Promise.all([
    shareAhead<User | undefined>("session", whoIsSignedIn),
    seriesAhead(studyUid),
  ]);
  if (!user || series.length === 0) return undefined;
  const { found, kept, chosen } = await shareAhead<ReadForHanging>(`hanging ${studyUid}`, () =>
    readForHanging(studyUid, series, user),
  );
  const verdicts = judgeProtocols([...kept.protocols, ...BUILT_IN], found);
  const { verdict, stage } = firstProtocol(verdicts, found.study, chosen);
  const rule = stage === undefined ? undefined : verdict?.known.protocol.stages[stage];
  if (rule) return hungStage(rule, found).layout;
  const first = openingSeries(series);
  return first && withCell(emptyLayout(), 0, stackOf(studyUid, first.uid));
}
