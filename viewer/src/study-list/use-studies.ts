/** The studies that match a search, page after page, asked for once typing pauses. */
import { useCallback, useEffect, useState } from "react";
import { findStudies, type Study } from "../dicomweb/studies";
import type { StudySearch } from "../dicomweb/study-query";
import { type Problem, problemOf } from "../http/problem";

const TYPING_PAUSE_MS = 220;

export interface FoundStudies {
  studies: readonly Study[];
  isSearching: boolean;
  problem: Problem | undefined;
  /** Ask again, for example after an upload. */
  refresh: () => void;
}

export function useStudies(search: StudySearch): FoundStudies {
  const [studies, setStudies] = useState<readonly Study[]>([]);
  const [isSearching, setSearching] = useState(true);
  const [problem, setProblem] = useState<Problem>();
  const [nRefreshes, setRefreshes] = useState(0);

  useEffect(() => {
    const stop = new AbortController();
    const ask = async () => {
      setSearching(true);
      try {
        const found: Study[] = [];
        for await (const page of findStudies(search, stop.signal)) {
          if (stop.signal.aborted) return;
          found.push(...page);
          setStudies([...found]);
        }
        setProblem(undefined);
      } catch (thrown) {
        if (stop.signal.aborted) return;
        setProblem(problemOf(thrown));
      }
      if (!stop.signal.aborted) setSearching(false);
    };
    const pause = setTimeout(ask, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(pause);
      stop.abort();
    };
  }, [search, nRefreshes]);

  const refresh = useCallback(() => setRefreshes((n) => n + 1), []);
  return { studies, isSearching, problem, refresh };
}
