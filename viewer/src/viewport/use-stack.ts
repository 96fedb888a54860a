/** A viewport's controller, made for an element and followed as React state. */
import { type RefObject, useEffect, useRef, useState } from "react";
import { type Problem, problemOf } from "../http/problem";
import { frameProblem, startCornerstone } from "./cornerstone";
import { RateMeter } from "./frame-rate";
import type { Frame } from "./frames";
import { StackController, type StackView } from "./StackController";

export interface Stack {
  element: RefObject<HTMLDivElement | null>;
  controller: StackController | undefined;
  view: StackView | undefined;
  rate_per_s: number | undefined;
  isLoading: boolean;
  problem: Problem | undefined;
}

export function useStack(frames: readonly Frame[], studyUid: string, seriesUid: string): Stack {
  const element = useRef<HTMLDivElement>(null);
  const [controller, setController] = useState<StackController>();
  const [view, setView] = useState<StackView>();
  const [rate_per_s, setRate] = useState<number>();
  const [isLoading, setLoading] = useState(true);
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    if (!element.current) return;
    let made: StackController;
    try {
      startCornerstone();
      made = new StackController(element.current);
    } catch (thrown) {
      setProblem(problemOf(thrown));
      return;
    }
    const meter = new RateMeter();
    made.onView = setView;
    made.onProblem = (thrown) => setProblem(problemOf(thrown));
    made.onFrameShown = (time_ms) => {
      setProblem(undefined);
      setLoading(false);
      meter.count(time_ms);
      setRate(meter.rate_per_s());
    };
    setController(made);
    return () => {
      made.destroy();
      setController(undefined);
    };
  }, []);

  useEffect(() => {
    if (!controller) return;
    let isCurrent = true;
    setLoading(true);
    setProblem(undefined);
    // The loader lets some failures of a codec go unanswered: they arrive here and nowhere else.
    const unanswered = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      setLoading(false);
      setProblem(frameProblem(event.reason).problem);
    };
    addEventListener("unhandledrejection", unanswered);
    controller
      .show(frames, studyUid, seriesUid)
      .catch((thrown) => isCurrent && setProblem((known) => known ?? problemOf(thrown)))
      .finally(() => isCurrent && setLoading(false));
    return () => {
      isCurrent = false;
      removeEventListener("unhandledrejection", unanswered);
    };
  }, [controller, frames, studyUid, seriesUid]);

  return { element, controller, view, rate_per_s, isLoading, problem };
}
