/** All that decides how a study is hung first: the study, its priors, what is kept, what was chosen before. */
import type { Series } from "../dicomweb/studies";
import type { User } from "../session/session-api";
import type { StudyFacts } from "./facts";
import { choices, type KeptProtocols, keptProtocols } from "./hanging-api";
import { type Read, studiesForHanging } from "./hanging-studies";
import type { ProtocolVerdict } from "./match";
import { studyKind } from "./study-kind";

export interface ReadForHanging {
  found: Read;
  kept: KeptProtocols;
  /** Protocols chosen by hand, by kind of study. */
  chosen: Readonly<Record<string, string>>;
  /** Why what is kept could not be read: the built-in protocols are used. */
  keptProblem: unknown;
}

const NONE_KEPT: KeptProtocols = { protocols: [], unreadable: [] };

/** Whether a person has protocols of one's own, and may see other studies of a patient. */
export function mayKeepProtocols(user: User): boolean {
  return user.study === undefined && user.permissions.includes("studies:list");
}

export async function readForHanging(studyUid: string, series: readonly Series[], user: User): Promise<ReadForHanging> {
  const mayKeep = mayKeepProtocols(user);
  const nothing = { kept: NONE_KEPT, chosen: {} };
  const keeping = mayKeep
    ? Promise.all([keptProtocols(), choices()]).then(
        ([kept, chosen]) => ({ kept, chosen, keptProblem: undefined as unknown }),
        (keptProblem: unknown) => ({ ...nothing, keptProblem }),
      )
    : { ...nothing, keptProblem: undefined };
  const [found, known] = await Promise.all([studiesForHanging(studyUid, series, mayKeep), keeping]);
  return { found, ...known };
}

/** Return the protocol that is hung first, with the index of its stage: the one chosen for such studies, or the best. */
export function firstProtocol(
  verdicts: readonly ProtocolVerdict[],
  study: StudyFacts,
  chosen: Readonly<Record<string, string>>,
): { verdict: ProtocolVerdict | undefined; stage: number | undefined } {
  const fitting = verdicts.filter(({ fits }) => fits);
  const verdict = fitting.find(({ known }) => known.id === chosen[studyKind(study)]) ?? fitting[0];
  return { verdict, stage: verdict?.stages[0] };
}
