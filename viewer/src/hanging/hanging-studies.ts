/** Reads a study and its comparable priors for hanging. */
import type { Series } from "../dicomweb/studies";
import { hasUsuallyPictures } from "../documents/without-pictures";
import { priorsOf, type Row } from "../study-list/work-list-api";
import { comparablePriors } from "./comparable-priors";
import type { StudyFacts } from "./facts";
import type { Studies } from "./match";
import { studyFacts } from "./read-facts";

export interface Read extends Studies {
  /** All other studies of the patient, read or not. */
  others: readonly Row[];
  /** Set when the priors could not be read: the study is hung without them. */
  priorsProblem: unknown;
}

/** Return the study with its priors; without `mayListPriors` (a shared link) without them. */
export async function studiesForHanging(
  studyUid: string,
  series: readonly Series[],
  mayListPriors: boolean,
): Promise<Read> {
  const listed = mayListPriors ? priorsOf(studyUid).then(asFound, asFailed) : asFound([]);
  const [study, { others, priorsProblem }] = await Promise.all([studyFacts(studyUid, series), listed]);
  const modalities = new Set(series.map(({ modality }) => modality).filter(hasUsuallyPictures));
  const wanted = comparablePriors({ date: study.date, modalities }, others);
  const read = await Promise.allSettled(wanted.map(({ uid }) => studyFacts(uid)));
  const priors = read.flatMap((one): StudyFacts[] => (one.status === "fulfilled" ? [one.value] : []));
  const failed = read.find((one) => one.status === "rejected");
  return { study, priors, others, priorsProblem: priorsProblem ?? failed?.reason };
}

const asFound = (others: readonly Row[]) => ({ others, priorsProblem: undefined as unknown });
const asFailed = (priorsProblem: unknown) => ({ others: [] as readonly Row[], priorsProblem });
