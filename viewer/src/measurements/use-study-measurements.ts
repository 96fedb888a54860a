/** The measurements of a study as React state, tied to Cornerstone's annotations while the page shows the study. */
import { useEffect, useReducer, useState } from "react";
import { type Problem, problemOf } from "../http/problem";
import { onSignedIn } from "../session/signed-in";
import { AnnotationSync } from "./annotation-sync";
import { measurementsOf } from "./open-studies";
import type { StudyMeasurements } from "./study-measurements";

export interface ShownMeasurements {
  study: StudyMeasurements;
  sync: AnnotationSync | undefined;
  isOpening: boolean;
  /** Whether something drawn has no numbers yet, or not those of its last move. */
  isTaking: boolean;
  problem: Problem | undefined;
  open: () => void;
}

export function useStudyMeasurements(studyUid: string, observer: string): ShownMeasurements {
  const study = measurementsOf(studyUid);
  const [sync, setSync] = useState<AnnotationSync>();
  const [isOpening, setOpening] = useState(true);
  const [isTaking, setTaking] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [, draw] = useReducer((n: number) => n + 1, 0);

  const open = () => {
    setProblem(undefined);
    setOpening(true);
    study
      .open()
      .catch((thrown) => setProblem(problemOf(thrown)))
      .finally(() => setOpening(false));
  };

  useEffect(() => {
    study.observer = observer;
  }, [study, observer]);

  useEffect(() => {
    const stopDrawing = study.subscribe(draw);
    const made = new AnnotationSync(study);
    const stopWaiting = onSignedIn(() => {
      if (study.saveState.kind === "failed") void study.save();
    });
    made.onProblem = (thrown) => setProblem(problemOf(thrown));
    made.onTaking = setTaking;
    setSync(made);
    open();
    return () => {
      made.stop();
      stopWaiting();
      stopDrawing();
      setSync(undefined);
    };
  }, [study]);

  return { study, sync, isOpening, isTaking, problem, open };
}
