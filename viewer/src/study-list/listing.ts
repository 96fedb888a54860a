/** A long list of which only pages near the rows in sight are held: pure functions over its state. */
import type { Mark, Page, ReadingState, Row } from "./work-list-api";

export const PAGE_ROWS = 100;

export interface Listing {
  total: number;
  counts: Readonly<Partial<Record<ReadingState, number>>>;
  nInstances: number;
  /** Number of the newest study that the list holds. */
  upTo: number;
  /** Number of the newest mark that is known. */
  sequence: number;
  nNew: number;
  pages: ReadonlyMap<number, readonly Row[]>;
}

/** Return the list that begins with the first page of a search. */
export function begun(page: Page, state: ReadingState | "all"): Listing {
  const counts = page.counts ?? {};
  const sum = (counts.unread ?? 0) + (counts.reading ?? 0) + (counts.read ?? 0);
  return {
    total: state === "all" ? sum : (counts[state] ?? 0),
    counts,
    nInstances: page.n_instances ?? 0,
    upTo: page.up_to,
    sequence: page.sequence,
    nNew: 0,
    pages: new Map([[0, page.rows]]),
  };
}

export function withPage(listing: Listing, number: number, rows: readonly Row[]): Listing {
  return { ...listing, pages: new Map(listing.pages).set(number, rows) };
}

export function rowAt(listing: Listing, index: number): Row | undefined {
  return listing.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
}

/** Return where a study stands if its page is held, else -1. */
export function indexOf(listing: Listing, uid: string | undefined): number {
  for (const [number, rows] of uid ? listing.pages : []) {
    const index = rows.findIndex((row) => row.uid === uid);
    if (index >= 0) return number * PAGE_ROWS + index;
  }
  return -1;
}

/** Return the pages that rows first to end - 1 need and that are not held. */
export function missingPages(listing: Listing, first: number, end: number): number[] {
  const last = Math.min(end, listing.total) - 1;
  const missing: number[] = [];
  for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page++) {
    if (!listing.pages.has(page)) missing.push(page);
  }
  return missing;
}

/** Return the list with marks that people have given: rows change, their order stays. */
export function marked(listing: Listing, marks: readonly Mark[]): Listing {
  if (marks.length === 0) return listing;
  const byUid = new Map(marks.map((mark) => [mark.uid, mark]));
  const counts = { ...listing.counts };
  const pages = new Map(
    [...listing.pages].map(([number, rows]) => [
      number,
      rows.map((row) => {
        const mark = byUid.get(row.uid);
        if (!mark) return row;
        counts[row.state] = (counts[row.state] ?? 1) - 1;
        counts[mark.state] = (counts[mark.state] ?? 0) + 1;
        return { ...row, ...mark };
      }),
    ]),
  );
  return { ...listing, counts, pages };
}

/** Return the next row after `index` whose study is unread, among those held, else -1. */
export function nextUnread(listing: Listing, index: number): number {
  const held = [...listing.pages.keys()].sort((a, b) => a - b);
  for (const page of held) {
    const rows = listing.pages.get(page) ?? [];
    for (let i = Math.max(0, index + 1 - page * PAGE_ROWS); i < rows.length; i++) {
      if (rows[i]?.state === "unread") return page * PAGE_ROWS + i;
    }
  }
  return -1;
}
