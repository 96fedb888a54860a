/** Order studies by a column. Equal values keep the order in which the archive gave them. */
import { formatPersonName } from "../dicomweb/person-name";
import type { Study } from "../dicomweb/studies";

export type Column = "patientName" | "patientId" | "date" | "modalities" | "description" | "nSeries" | "nInstances";

export interface Sorting {
  column: Column;
  isDescending: boolean;
}

export const NEWEST_FIRST: Sorting = { column: "date", isDescending: true };

export function sortStudies(studies: readonly Study[], { column, isDescending }: Sorting): Study[] {
  const sign = isDescending ? -1 : 1;
  return [...studies].sort((a, b) => sign * compare(a, b, column));
}

/** Return the sorting after a click on a column's heading: the same column turns around. */
export function nextSorting(now: Sorting, column: Column): Sorting {
  if (now.column === column) return { column, isDescending: !now.isDescending };
  return { column, isDescending: column === "date" || column === "nSeries" || column === "nInstances" };
}

const TEXT_ORDER = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

function compare(a: Study, b: Study, column: Column): number {
  switch (column) {
    case "date":
      return order(a.date + a.time, b.date + b.time);
    case "nSeries":
    case "nInstances":
      return (a[column] ?? -1) - (b[column] ?? -1);
    case "patientName":
      return TEXT_ORDER.compare(formatPersonName(a.patientName), formatPersonName(b.patientName));
    default:
      return TEXT_ORDER.compare(a[column], b[column]);
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
