/** The segmentations of a study as React state, shown in Cornerstone's viewports while the page shows the study. */
import { startTransition, useEffect, useReducer, useState } from "react";
import { type Problem, problemOf } from "../http/problem";
import { onSignedIn } from "../session/signed-in";
import { segmentationsOf } from "./open-segmentations";
import { SegmentationDisplay } from "./SegmentationDisplay";
import type { StudySegmentations } from "./study-segmentations";

export interface ShownSegmentations {
  study: StudySegmentations;
  display: SegmentationDisplay | undefined;
  isOpening: boolean;
  /** Whether a stroke is on the picture and not yet in the segmentation. */
  isTaking: boolean;
  problem: Problem | undefined;
  open: () => void;
}

export function useStudySegmentations(studyUid: string, creator: string): ShownSegmentations {
  const [study] = useState(() => segmentationsOf(studyUid));
  const [display, setDisplay] = useState<SegmentationDisplay>();
  const [isOpening, setOpening] = useState(true);
  const [isTaking, setTaking] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [, draw] = useReducer((n: number) => n + 1, 0);

  const follow = (opening: Promise<void>) => {
    setProblem(undefined);
    setOpening(true);
    opening.catch((thrown) => setProblem(problemOf(thrown))).finally(() => setOpening(false));
  };

  useEffect(() => {
    study.creator = creator;
  }, [study, creator]);

  useEffect(() => {
    const stopDrawing = study.subscribe(() => {
      const isComplete = study.all.every(({ segmentation }) => segmentation.isComplete);
      // What has just come is seen in the picture first, and then told beside it.
      if (isComplete) draw();
      else startTransition(draw);
    });
    const made = new SegmentationDisplay(study);
    const stopWaiting = onSignedIn(() => {
      for (const keeper of study.all) if (keeper.saveState.kind === "failed") void keeper.save();
    });
    made.onTaking = setTaking;
    setDisplay(made);
    follow(study.open());
    return () => {
      made.stop();
      stopWaiting();
      stopDrawing();
      setDisplay(undefined);
    };
  }, [study]);

  return {
    study,
    display,
    isOpening,
    isTaking,
    problem: problem ?? study.problem,
    open: () => follow(study.lookAgain()),
  };
}
