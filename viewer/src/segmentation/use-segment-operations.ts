/** Operations on the chosen segment as the panel offers them: as one step, with progress and with words when they fail. */
import { getEnabledElement, StackViewport } from "@cornerstonejs/core";
import { useEffect, useRef, useState } from "react";
import { problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { brushRange } from "../tools/brush-settings";
import { onGrow } from "../tools/growing";
import { frameProblem } from "../viewport/cornerstone";
import { valuesOf } from "./image-values";
import { dropSmall, fillRange, grow, interpolate, keepLargest, smooth } from "./operations";
import { placeOfPoint } from "./place-of-point";
import type { Segmentation } from "./Segmentation";
import type { SegmentationDisplay } from "./SegmentationDisplay";
import { WORDS } from "./words";

interface Told {
  studyUid: string;
  segmentation: Segmentation;
  display: SegmentationDisplay | undefined;
  onTrouble: (text: string) => void;
}

export function useSegmentOperations({ studyUid, segmentation, display, onTrouble }: Told) {
  const say = useWords(WORDS);
  const [progress, setProgress] = useState("");

  /** Do it to what is drawn so far; what a person did by hand and a machine completed is semiautomatic. */
  const act = async (name: string, change: () => number[] | Promise<number[]>, ifNothing = "") => {
    display?.takeDrawn();
    onTrouble("");
    try {
      const changed = await change();
      const segments = segmentation.segments.map((one) =>
        one.label === segmentation.activeLabel && changed.length > 0
          ? { ...one, algorithm: "SEMIAUTOMATIC" as const, algorithmName: name }
          : one,
      );
      if (changed.length > 0) segmentation.commit(changed, segments);
      else onTrouble(ifNothing);
    } catch (thrown) {
      const problem = thrown instanceof Error ? problemOf(thrown) : frameProblem(thrown).problem;
      onTrouble(`${say("failed")}: ${problem.detail ?? problem.title}`);
    } finally {
      setProgress("");
    }
  };
  const values = () =>
    valuesOf(segmentation.images, studyUid, (done, total) => setProgress(say("reading", { done, total })));

  const latest = useRef(act);
  latest.current = act;
  useEffect(
    () =>
      onGrow((point_mm, element) => {
        const viewport = getEnabledElement(element)?.viewport;
        const shown = viewport instanceof StackViewport ? viewport.getCurrentImageId() : undefined;
        const image = shown ? segmentation.images.findIndex(({ imageId }) => imageId === shown) : undefined;
        const place = image === -1 ? undefined : placeOfPoint(segmentation, point_mm, image);
        if (!place) return;
        void latest.current(
          "Region growing",
          async () => grow(segmentation, await values(), place, brushRange()),
          say("nothingGrown"),
        );
      }),
    [segmentation, studyUid],
  );

  return {
    progress,
    fill: () => act("Threshold", async () => fillRange(segmentation, await values(), brushRange())),
    interpolate: () => act("Shape-based interpolation", () => interpolate(segmentation)),
    smooth: () => act("Gaussian smoothing", () => smooth(segmentation)),
    keepLargest: () => act("Largest island", () => keepLargest(segmentation)),
    dropSmall: (smallest_mL: number) => act("Island removal", () => dropSmall(segmentation, smallest_mL)),
  };
}
