/** Which other studies of a patient are worth looking at beside a study. */
import type { Row } from "../study-list/work-list-api";

/** More than these are not read for hanging; they are still listed beside the series. */
const MOST = 3;

/** Return earlier studies with a modality in common, the newest first; what has no date comes last. */
export function comparablePriors(
  study: { date: string; modalities: ReadonlySet<string> },
  others: readonly Row[],
): Row[] {
  const isEarlier = ({ date }: Row) => date === "" || study.date === "" || date <= study.date;
  const isComparable = ({ modalities }: Row) => modalities.split(",").some((one) => study.modalities.has(one));
  return others
    .filter((row) => isEarlier(row) && isComparable(row))
    .sort((a, b) => b.date.localeCompare(a.date) || b.time.localeCompare(a.time))
    .slice(0, MOST);
}
