/** The studies that match a search: pages are asked for as rows come into sight, changes of others every few seconds. */
import { useCallback, useEffect, useRef, useState } from "react";
import { type Problem, problemOf } from "../http/problem";
import { onSignedIn } from "../session/signed-in";
import { begun, type Listing, marked, missingPages, PAGE_ROWS, withPage } from "./listing";
import { requestOf, type Search } from "./search";
import { changesAfter, findPage, type Mark, type Request } from "./work-list-api";

const TYPING_PAUSE_MS = 140;
const ASK_EVERY_MS = 4000;

export interface WorkList {
  listing: Listing | undefined;
  isSearching: boolean;
  /** Whether the list, or the problem, answers what is searched for now, and not what was searched for before. */
  isCurrent: boolean;
  problem: Problem | undefined;
  /** Ask for the pages of rows first to end - 1. */
  want: (first: number, end: number) => void;
  apply: (mark: Mark) => void;
  /** Ask anew, for example after an upload. */
  refresh: () => void;
}

export function useWorkList(search: Search): WorkList {
  const [listing, setListing] = useState<Listing>();
  const [isSearching, setSearching] = useState(true);
  const [answered, setAnswered] = useState<Search>();
  const [problem, setProblem] = useState<Problem>();
  const [nRefreshes, setRefreshes] = useState(0);
  const asked = useRef<{ request: Request; pages: Set<number>; stop: AbortController } | undefined>(undefined);
  const isFirst = useRef(true);
  const shown = useRef(listing);
  shown.current = listing;

  useEffect(() => {
    const stop = new AbortController();
    const request = requestOf(search, new Date());
    const ask = async () => {
      setSearching(true);
      try {
        const page = await findPage(request, PAGE_ROWS, 0, undefined, stop.signal);
        if (stop.signal.aborted) return;
        asked.current = { request, pages: new Set([0]), stop };
        setListing(begun(page, search.state));
        setProblem(undefined);
      } catch (thrown) {
        if (!stop.signal.aborted) setProblem(problemOf(thrown));
      }
      if (stop.signal.aborted) return;
      setSearching(false);
      setAnswered(search);
    };
    const pause = setTimeout(ask, isFirst.current ? 0 : TYPING_PAUSE_MS);
    isFirst.current = false;
    return () => {
      clearTimeout(pause);
      stop.abort();
    };
  }, [search, nRefreshes]);

  const want = useCallback((first: number, end: number) => {
    const [now, ask] = [shown.current, asked.current];
    if (!now || !ask) return;
    for (const page of missingPages(now, first, end).filter((number) => !ask.pages.has(number))) {
      ask.pages.add(page);
      findPage(ask.request, PAGE_ROWS, page * PAGE_ROWS, now.upTo, ask.stop.signal)
        .then(({ rows }) => setListing((held) => (held && asked.current === ask ? withPage(held, page, rows) : held)))
        .catch((thrown) => {
          if (ask.stop.signal.aborted) return;
          ask.pages.delete(page);
          setProblem(problemOf(thrown));
        });
    }
  }, []);

  useEffect(() => {
    const ask = async () => {
      const now = shown.current;
      if (!now || document.hidden) return;
      try {
        const { sequence, marks, n_new } = await changesAfter(now.sequence, now.upTo);
        setListing(
          (held) => held && { ...marked(held, marks), sequence: Math.max(held.sequence, sequence), nNew: n_new },
        );
      } catch {
        // What cannot be asked in the background is asked again; a sign-in that ended is shown by the session.
      }
    };
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  const refresh = useCallback(() => setRefreshes((n) => n + 1), []);
  useEffect(() => onSignedIn(refresh), [refresh]);
  const apply = useCallback((mark: Mark) => setListing((held) => held && marked(held, [mark])), []);
  return { listing, isSearching, isCurrent: answered === search, problem, want, apply, refresh };
}
