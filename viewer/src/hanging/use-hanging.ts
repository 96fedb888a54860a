/** Hanging on the reading page: which protocol and stage are shown, and how to go to another. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Series } from "../dicomweb/studies";
import { takeAhead } from "../http/ahead";
import { type Problem, problemOf } from "../http/problem";
import type { Layout } from "../layout/layout";
import { useSession } from "../session/session-context";
import type { Command } from "../tools/keyboard";
import { BUILT_IN } from "./built-in";
import { mayKeepProtocols, readForHanging } from "./for-hanging";
import { type KeptProtocols, choose as keepChoice, keptProtocols } from "./hanging-api";
import type { Read } from "./hanging-studies";
import { type HungStage, hungStage, judgeProtocols, type ProtocolVerdict } from "./match";
import type { KnownProtocol } from "./protocol";
import { studyKind } from "./study-kind";

export interface Shown {
  verdict: ProtocolVerdict;
  /** Index of the stage in the protocol. */
  stage: number;
  hung: HungStage;
}

export interface Hanging {
  /** True until it is known what is hung first. */
  isDeciding: boolean;
  /** Counts what was hung: pictures of another hanging are made anew. */
  generation: number;
  read: Read | undefined;
  problem: Problem | undefined;
  /** Kept protocols that cannot be read, in words. */
  unreadable: readonly string[];
  verdicts: readonly ProtocolVerdict[];
  shown: Shown | undefined;
  /** The protocol that was chosen by hand for studies of this kind. */
  remembered: string | undefined;
  /** Hang a protocol, and do so for studies of this kind from now on. */
  choose: (id: string) => void;
  forget: () => void;
  /** Do what a command says of hanging; false when it says nothing of it. */
  obey: (command: Command) => boolean;
  isExplained: boolean;
  explain: (isWanted: boolean) => void;
  mayKeep: boolean;
  mayShare: boolean;
  mayChange: (known: KnownProtocol) => boolean;
  /** Read the kept protocols again, and hang one of them. */
  reload: (id?: string) => Promise<void>;
  /** Take note of further series, of studies that were not read for hanging. */
  meet: (series: readonly Series[]) => void;
  /** The study that a series belongs to, and its description; undefined for one never heard of. */
  known: (seriesUid: string) => Series | undefined;
}

/** `isWanted`: the address names no series, so that a protocol decides what is shown first. */
export function useHanging(
  studyUid: string,
  series: readonly Series[] | undefined,
  isWanted: boolean,
  onLayout: (layout: Layout) => void,
): Hanging {
  const { user } = useSession();
  const mayKeep = mayKeepProtocols(user);
  const mayShare = user.permissions.includes("accounts:manage");
  const waiting = useRef<string | boolean>(isWanted);
  const [isDeciding, setDeciding] = useState(isWanted);
  const [generation, setGeneration] = useState(0);
  const [read, setRead] = useState<Read>();
  const [kept, setKept] = useState<KeptProtocols>();
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<Problem>();
  const [place, setPlace] = useState<{ id: string; stage: number }>();
  const [isExplained, explain] = useState(false);
  const [met, setMet] = useState<readonly Series[]>([]);

  useEffect(() => {
    if (!series || series.length === 0) return;
    let isCurrent = true;
    const tell = (thrown: unknown) => isCurrent && setProblem(problemOf(thrown));
    takeAhead(`hanging ${studyUid}`, () => readForHanging(studyUid, series, user))
      .then(({ found, kept: protocols, chosen: chosenBefore, keptProblem }) => {
        if (!isCurrent) return;
        // Without what is kept the built-in protocols are used; the menu says what went wrong.
        if (keptProblem) tell(keptProblem);
        if (found.priorsProblem) tell(found.priorsProblem);
        setKept(protocols);
        setChosen(chosenBefore);
        setRead(found);
      })
      .catch((thrown) => {
        tell(thrown);
        if (isCurrent) setDeciding(false);
      });
    return () => {
      isCurrent = false;
    };
  }, [studyUid, series, user]);

  const verdicts = useMemo(
    () => (read && kept ? judgeProtocols([...kept.protocols, ...BUILT_IN], read) : []),
    [read, kept],
  );
  const kind = useMemo(() => (read ? studyKind(read.study) : ""), [read]);
  const remembered = chosen[kind];
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
    const wanted = waiting.current;
    waiting.current = false;
    const fitting = verdicts.filter(({ fits }) => fits).map(({ known }) => known.id);
    const first = [wanted, remembered].find((id) => typeof id === "string" && fitting.includes(id)) ?? fitting[0];
    if (wanted && typeof first === "string") hang(first);
    setDeciding(false);
  }, [verdicts, remembered, hang]);

  const remember = (id: string) => {
    setChosen((now) => ({ ...now, [kind]: id }));
    if (mayKeep) keepChoice(kind, id).catch((thrown) => setProblem(problemOf(thrown)));
  };
  const choose = (id: string) => {
    hang(id);
    remember(id);
  };
  const obey = (command: Command): boolean => {
    const step = STEPS[command];
    if (!step) return false;
    if (step.what === "protocol") {
      const fitting = verdicts.filter(({ fits }) => fits).map(({ known }) => known.id);
      const next = stepped(fitting, shown?.verdict.known.id, step.by);
      if (next) choose(next);
    } else if (shown) {
      const next = stepped(shown.verdict.stages, shown.stage, step.by);
      if (next !== undefined) hang(shown.verdict.known.id, next);
    }
    return true;
  };

  const reload = async (id?: string) => {
    const protocols = await keptProtocols();
    if (id) waiting.current = id;
    setKept(protocols);
  };

  const places = useMemo(() => {
    const facts = [read?.study, ...(read?.priors ?? [])].flatMap((one) => one?.series ?? []);
    return new Map<string, Series>([
      ...facts.map((one) => [one.seriesUid, { ...one, uid: one.seriesUid, nInstances: one.nImages }] as const),
      ...met.map((one) => [one.uid, one] as const),
    ]);
  }, [read, met]);
  const known = useCallback((uid: string) => places.get(uid), [places]);
  const meet = useCallback((more: readonly Series[]) => setMet((now) => [...now, ...more]), []);

  return {
    isDeciding,
    generation,
    read,
    problem,
    unreadable: kept?.unreadable ?? [],
    verdicts,
    shown,
    remembered,
    choose,
    forget: () => remember(""),
    obey,
    isExplained,
    explain,
    mayKeep,
    mayShare,
    mayChange: ({ origin }) => origin === "own" || (origin === "site" && mayShare),
    reload,
    meet,
    known,
  };
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
