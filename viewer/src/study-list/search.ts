/** What stands in the search row, and what the server is asked for by it. */
import { type Column, READING_STATES, type ReadingState, type Request } from "./work-list-api";

export const SPANS = ["any", "today", "yesterday", "week", "month", "year", "between"] as const;
export type Span = (typeof SPANS)[number];

export interface Search {
  text: string;
  span: Span;
  /** ISO days, for the span "between". */
  from: string;
  to: string;
  /** As typed: "CT MR". */
  modalities: string;
  state: ReadingState | "all";
  sort: Column;
  isDescending: boolean;
}

export const NO_SEARCH: Search = {
  text: "",
  span: "any",
  from: "",
  to: "",
  modalities: "",
  state: "all",
  sort: "date",
  isDescending: true,
};

/** Return what to ask for, where `today` is the day at this place. */
export function requestOf(search: Search, today: Date): Request {
  const [first_date, last_date] = daysOf(search, today);
  return {
    text: search.text.trim(),
    first_date,
    last_date,
    modalities: search.modalities
      .toUpperCase()
      .split(/[\s,;/]+/)
      .filter(Boolean),
    states: search.state === "all" ? [] : [search.state],
    sort: search.sort,
    is_descending: search.isDescending,
  };
}

export function isNarrowed(search: Search): boolean {
  const { text, span, modalities, state } = search;
  return text.trim() !== "" || span !== "any" || modalities.trim() !== "" || state !== "all";
}

/** Return the search after a click on a column's heading: the same column turns around. */
export function sortedBy(search: Search, column: Column): Search {
  if (search.sort === column) return { ...search, isDescending: !search.isDescending };
  return { ...search, sort: column, isDescending: ["date", "nSeries", "nInstances", "state"].includes(column) };
}

/** What is kept of a search as a view: relative days stay relative. */
export function viewOf(search: Search, today: Date): Record<string, unknown> {
  return { ...requestOf(search, today), page: search };
}

/** Return the search of a kept view; what is missing or unknown in it limits nothing. */
export function searchOfView(view: Record<string, unknown>): Search {
  const kept = (typeof view.page === "object" && view.page !== null ? view.page : {}) as Partial<Search>;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    text: text(kept.text),
    span: SPANS.find((span) => span === kept.span) ?? "any",
    from: text(kept.from),
    to: text(kept.to),
    modalities: text(kept.modalities),
    state: READING_STATES.find((state) => state === kept.state) ?? "all",
    sort: kept.sort ?? NO_SEARCH.sort,
    isDescending: kept.isDescending ?? NO_SEARCH.isDescending,
  };
}

const DAYS_BACK: Partial<Record<Span, number>> = { today: 0, week: 6, month: 29, year: 364 };

function daysOf({ span, from, to }: Search, today: Date): [string, string] {
  if (span === "any") return ["", ""];
  if (span === "between") return [from.replaceAll("-", ""), to.replaceAll("-", "")];
  if (span === "yesterday") return [dayBefore(today, 1), dayBefore(today, 1)];
  return [dayBefore(today, DAYS_BACK[span] ?? 0), dayBefore(today, 0)];
}

function dayBefore(today: Date, days: number): string {
  const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() - days);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day.getFullYear()}${two(day.getMonth() + 1)}${two(day.getDate())}`;
}
