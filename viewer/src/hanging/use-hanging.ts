/** Hanging on the reading page: which protocol and stage are shown, and how to go to another. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Series } from "../dicomweb/studies";
import { type Problem, problemOf } from "../http/problem";
import type { Layout } from "../layout/layout";
import { useSession } from "../session/session-context";
import type { Command } from "../tools/keyboard";
import { BUILT_IN } from "./built-in";
import { type Read, studiesForHanging } from "./hanging-studies";
import { type HungStage, hungStage, judgeProtocols, type ProtocolVerdict } from "./match";

export interface Hanging {
  /** True until it is known what is hung first. */
  isDeciding: boolean;
  /** Counts what was hung: pictures of another hanging are made anew. */
  generation: number;
  read: Read | undefined;
  problem: Problem | undefined;
  verdicts: readonly ProtocolVerdict[];
  shown: Shown | undefined;
  hang: (id: string, stage?: number) => void;
  /** Do what a command says of hanging; false when it says nothing of it. */
  obey: (command: Command) => boolean;
  /** The study that a series belongs to: the one that is read, or a prior. */
  studyOf: (seriesUid: string) => string | undefined;
}

export interface Shown {
  verdict: ProtocolVerdict;
  /** Index of the stage in the protocol. */
  stage: number;
  hung: HungStage;
}

/** `isWanted`: the address names no series, so that a protocol decides what is shown first. */
export function useHanging(
  studyUid: string,
  series: readonly Series[] | undefined,
  isWanted: boolean,
  onLayout: (layout: Layout) => void,
): Hanging {
  const { user } = useSession();
  const mayList = user.study === undefined && user.permissions.includes("studies:list");
  const wanted = useRef(isWanted);
  const [isDeciding, setDeciding] = useState(isWanted);
  const [generation, setGeneration] = useState(0);
  const [read, setRead] = useState<Read>();
  const [problem, setProblem] = useState<Problem>();
  const [place, setPlace] = useState<{ id: string; stage: number }>();

  useEffect(() => {
    if (!series || series.length === 0) return;
    let isCurrent = true;
    studiesForHanging(studyUid, series, mayList)
      .then((found) => {
        if (!isCurrent) return;
        setRead(found);
        if (found.priorsProblem) setProblem(problemOf(found.priorsProblem));
      })
      .catch((thrown) => {
        if (!isCurrent) return;
        setProblem(problemOf(thrown));
        setDeciding(false);
      });
    return () => {
      isCurrent = false;
    };
  }, [studyUid, series, mayList]);

  const verdicts = useMemo(() => (read ? judgeProtocols(BUILT_IN, read) : []), [read]);
  const shown = useMemo((): Shown | undefined => {
    const verdict = verdicts.find(({ known }) => known.id === place?.id);
    const stage = place && verdict?.known.protocol.stages[place.stage];
    return read && verdict && place && stage
      ? { verdict, stage: place.stage, hung: hungStage(stage, read) }
      : undefined;
  }, [verdicts, place, read]);

  const hang = useCallback(
    (id: string, stage?: number) => {
      const verdict = verdicts.find(({ known }) => known.id === id);
      const at = stage ?? verdict?.stages[0];
      const rule = at === undefined ? undefined : verdict?.known.protocol.stages[at];
      if (!read || at === undefined || !rule) return;
      setPlace({ id, stage: at });
      setGeneration((n) => n + 1);
      onLayout(hungStage(rule, read).layout);
    },
    [verdicts, read, onLayout],
  );

  useEffect(() => {
    if (verdicts.length === 0) return;
    const [best] = verdicts;
    if (wanted.current && best?.fits) hang(best.known.id);
    wanted.current = false;
    setDeciding(false);
  }, [verdicts, hang]);

  const obey = (command: Command): boolean => {
    const step = STEPS[command];
    if (!step) return false;
    const fitting = verdicts.filter(({ fits }) => fits);
    if (step.what === "protocol") {
      const next = stepped(fitting, shown?.verdict, step.by);
      if (next) hang(next.known.id);
    } else if (shown) {
      const next = stepped(shown.verdict.stages, shown.stage, step.by);
      if (next !== undefined) hang(shown.verdict.known.id, next);
    }
    return true;
  };

  const places = useMemo(
    () =>
      new Map(
        [read?.study, ...(read?.priors ?? [])]
          .flatMap((one) => one?.series ?? [])
          .map((s) => [s.seriesUid, s.studyUid]),
      ),
    [read],
  );
  const studyOf = useCallback((uid: string) => places.get(uid), [places]);
  return { isDeciding, generation, read, problem, verdicts, shown, hang, obey, studyOf };
}

const STEPS: Partial<Record<Command, { what: "protocol" | "stage"; by: 1 | -1 }>> = {
  "next-stage": { what: "stage", by: 1 },
  "previous-stage": { what: "stage", by: -1 },
  "next-protocol": { what: "protocol", by: 1 },
  "previous-protocol": { what: "protocol", by: -1 },
};

/** Return the neighbour in a list, from its end to its start again; the first when nothing was chosen yet. */
function stepped<T>(list: readonly T[], now: T | undefined, by: 1 | -1): T | undefined {
  const at = now === undefined ? -1 : list.indexOf(now);
  return at < 0 ? list[0] : list[(at + by + list.length) % list.length];
}
