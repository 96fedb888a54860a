/** A cell's picture: frames fetched, controller made, and followed as React state. */
import { type RefObject, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { type Dataset, text } from "../dicomweb/json-model";
import { endFirstLightOf } from "../first-light/first-light";
import { type Problem, ProblemError, problemOf } from "../http/problem";
import { sayIn } from "../language/words";
import type { Cell } from "../layout/layout";
import { imageStep_mm } from "../linking/nearest";
import { PlaneController } from "../volume/PlaneController";
import { SolidController } from "../volume/SolidController";
import { VolumeTooLarge } from "../volume/too-large";
import { frameProblem } from "./cornerstone";
import { RateMeter } from "./frame-rate";
import { type Frame, planeOf } from "./frames";
import { useReading } from "./reading-context";
import { fetchOpening, StackController } from "./StackController";
import type { Stage } from "./Stage";
import type { View } from "./View";
import type { Notice, ViewportController } from "./ViewportController";
import { WORDS } from "./words";

export interface Shown {
  controller: ViewportController;
  frames: readonly Frame[];
  view: View | undefined;
  rate_per_s: number | undefined;
}

export interface Picture {
  element: RefObject<HTMLDivElement | null>;
  shown: Shown | undefined;
  notice: PictureNotice | undefined;
  /** The objects of a series that has no pictures. */
  documents: readonly Dataset[] | undefined;
  /** Whether the volume does not fit this browser's memory. */
  isTooLarge: boolean;
}

export type PictureNotice =
  | Exclude<Notice, { kind: "problem" }>
  | { kind: "problem"; problem: Problem }
  | { kind: "opening" };

export function useViewport(cell: Cell, index: number): Picture {
  const { stage, shelf, links, wanted } = useReading();
  const element = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<Shown>();
  const [notice, setNotice] = useState<PictureNotice | undefined>({ kind: "opening" });
  const [isTooLarge, setTooLarge] = useState(false);
  const [documents, setDocuments] = useState<readonly Dataset[]>();
  const { studyUid, seriesUid, kind, settings } = cell;
  const plane = kind === "plane" ? (settings.plane ?? "acquisition") : undefined;
  const only = cell.instanceUids?.join(" ");
  const first = useRef(settings);
  first.current = settings;

  useEffect(() => {
    let isCurrent = true;
    let controller: ViewportController | undefined;
    let leave = () => {};
    setShown(undefined);
    setNotice({ kind: "opening" });
    setDocuments(undefined);
    setTooLarge(false);
    const say = (told: Notice | undefined) => {
      if (!isCurrent) return;
      // A picture must not cover why there is none.
      if (told?.kind === "problem" && element.current) endFirstLightOf(element.current);
      if (told?.kind === "problem" && told.thrown instanceof VolumeTooLarge) {
        setTooLarge(true);
        setNotice(undefined);
      } else if (told?.kind === "problem") setNotice({ kind: "problem", problem: frameOrOther(told.thrown) });
      else setNotice(told);
    };
    const open = async () => {
      const all = await shelf.frames(studyUid, seriesUid, (wait_s) =>
        say(wait_s ? { kind: "retrying", wait_s } : undefined),
      );
      const wanted = only?.split(" ");
      const frames = wanted ? all.filter(({ instanceUid }) => wanted.includes(instanceUid)) : all;
      if (!isCurrent || !element.current) return;
      const [frame] = frames;
      if (!frame) {
        const objects = shelf.instances(studyUid, seriesUid);
        if (objects.length === 0) throw new ProblemError(withoutPictures());
        setNotice(undefined);
        setDocuments(objects);
        return;
      }
      const space = text(frame.dataset, "FrameOfReferenceUID");
      const modality = text(frame.dataset, "Modality");
      setNotice({ kind: "opening" });
      if (kind === "stack") {
        // It comes while WebGL starts, which takes as long and lets nothing else be sent.
        fetchOpening(frames, studyUid, seriesUid);
        await new Promise((resolve) => setTimeout(resolve));
        if (!isCurrent || !element.current) return;
      }
      const made = makeController(stage, element.current, cell, modality, space);
      controller = made;
      const meter = new RateMeter();
      leave = links.join(index, {
        controller: made,
        frameOfReferenceUid: space,
        modality,
        step_mm: kind === "stack" ? imageStep_mm(frames.map(planeOf)) : undefined,
        view: undefined,
      });
      made.onNotice = say;
      made.onView = (view, isDrawn) => {
        if (!isCurrent) return;
        const rate_per_s = meter.rate_per_s();
        const write = () => {
          links.tell(index, view);
          setShown((known) => known && { ...known, view, rate_per_s });
        };
        // With the picture, in one frame: no number stands on another one, and the next picture waits for none.
        if (isDrawn) flushSync(write);
        else write();
      };
      // The rate is told with the next picture: what is written about this one has been.
      made.onFrameShown = (time_ms) => meter.count(time_ms);
      setShown({ controller: made, frames, view: undefined, rate_per_s: undefined });
      await made.show(frames, studyUid, seriesUid, first.current);
    };
    open().catch((thrown) => {
      if (!isCurrent) return;
      if (element.current) endFirstLightOf(element.current);
      setNotice({ kind: "problem", problem: problemOf(thrown) });
    });
    return () => {
      isCurrent = false;
      leave();
      controller?.destroy();
    };
    // Settings are followed one by one below; a change of them makes no new picture.
  }, [stage, shelf, links, index, studyUid, seriesUid, only, kind, plane]);

  const isReady = shown?.view !== undefined;
  const controller = shown?.controller;
  useEffect(() => {
    if (isReady && controller instanceof PlaneController) controller.setSlab(settings.slab);
  }, [isReady, controller, settings.slab]);
  useEffect(() => {
    if (isReady && controller instanceof SolidController && settings.rendering)
      controller.setRendering(settings.rendering);
  }, [isReady, controller, settings.rendering]);

  const frames = shown?.frames;
  useEffect(() => {
    if (!isReady || !frames || wanted?.seriesUid !== seriesUid) return;
    const index = frames.findIndex(
      ({ instanceUid, frameNumber }) => instanceUid === wanted.instanceUid && frameNumber === wanted.frame,
    );
    const place = frames[index] && planeOf(frames[index]);
    if (index >= 0 && kind === "stack") void controller?.goTo(index);
    else if (place && kind === "plane") void controller?.goToPoint(place.position_mm);
  }, [isReady, controller, frames, wanted, seriesUid, kind]);

  const { fusion } = settings;
  const hasFused = useRef(false);
  useEffect(() => {
    if (!isReady || !(controller instanceof PlaneController) || (!fusion && !hasFused.current)) return;
    hasFused.current = fusion !== undefined;
    const lay = async () => {
      const of = fusion?.studyUid ?? studyUid;
      const over = fusion && {
        studyUid: of,
        seriesUid: fusion.seriesUid,
        frames: await shelf.frames(of, fusion.seriesUid),
      };
      await controller.fuse(fusion, over);
    };
    lay().catch((thrown) => setNotice({ kind: "problem", problem: frameOrOther(thrown) }));
  }, [isReady, controller, fusion, shelf, studyUid]);

  return { element, shown, notice, documents, isTooLarge };
}

function makeController(
  stage: Stage,
  element: HTMLDivElement,
  { kind, settings }: Cell,
  modality: string,
  space: string,
): ViewportController & { show: StackController["show"] } {
  if (kind === "solid") return new SolidController(stage, element, modality);
  if (kind === "plane") return new PlaneController(stage, element, settings.plane ?? "acquisition", space);
  return new StackController(stage, element);
}

function frameOrOther(thrown: unknown): Problem {
  return thrown instanceof ProblemError ? thrown.problem : frameProblem(thrown).problem;
}

function withoutPictures(): Problem {
  const say = sayIn(WORDS);
  return { title: say("no-pictures"), status: 0, detail: say("no-pictures-detail"), remedy: say("other-series") };
}
