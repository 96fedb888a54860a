/** One series on the screen: picture, overlays, tools. */
import { type PointerEvent, useMemo, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { text } from "../dicomweb/json-model";
import { CornerOverlays } from "../overlays/CornerOverlays";
import { cornersOf } from "../overlays/corners";
import { OrientationLetters } from "../overlays/OrientationLetters";
import { formatValue, valueMeaning } from "../overlays/pixel-value";
import { ScaleBar } from "../overlays/ScaleBar";
import { norm } from "../overlays/vectors";
import type { Command } from "../tools/keyboard";
import type { PointerTool } from "../tools/pointer-tool";
import { FIRST_TOOL } from "../tools/tool-set";
import { rangeOf, windowOf } from "../tools/window";
import { storedWindows, type WindowPreset, windowPresets } from "../tools/window-presets";
import { FrameBar } from "./FrameBar";
import { intendedRate_per_s } from "./frame-rate";
import { type Frame, frameNumbers, pixelSpacing_mm, planeOf } from "./frames";
import { HelpDialog } from "./HelpDialog";
import { ProvenancePanel } from "./ProvenancePanel";
import type { StackController } from "./StackController";
import { Toolbar } from "./Toolbar";
import { useCine } from "./use-cine";
import { useStack } from "./use-stack";
import { useViewerKeys } from "./use-viewer-keys";

interface SeriesViewProps {
  frames: readonly Frame[];
  studyUid: string;
  seriesUid: string;
  /** Go to the series before (-1) or after (1) this one. */
  onSeries: (step: -1 | 1) => void;
}

export function SeriesView({ frames, studyUid, seriesUid, onSeries }: SeriesViewProps) {
  const { element, controller, view, rate_per_s, isLoading, problem } = useStack(frames, studyUid, seriesUid);
  const [tool, setTool] = useState<PointerTool>(FIRST_TOOL);
  const [hasOverlays, setOverlays] = useState(true);
  const [hasProvenance, setProvenance] = useState(false);
  const [hasHelp, setHelp] = useState(false);
  const [valueText, setValueText] = useState("");
  const [asked_per_s, setAsked] = useState(() => (frames[0] ? intendedRate_per_s(frames[0].dataset) : 15));
  const cine = useCine(controller, asked_per_s);

  const index = Math.min(view?.index ?? 0, frames.length - 1);
  const frame = frames[index];
  const presets = useMemo(() => presetsOf(frame), [frame]);

  const choosePreset = (preset: WindowPreset | undefined) => {
    if (preset?.window) controller?.setRange(rangeOf(preset.window));
    else if (preset) controller?.setFullRange();
  };
  const chooseTool = (chosen: PointerTool) => {
    controller?.useTool(chosen.name);
    setTool(chosen);
  };
  const obey = (command: Command) => {
    const panels: Partial<Record<Command, () => void>> = {
      "next-series": () => onSeries(1),
      "previous-series": () => onSeries(-1),
      cine: () => frames.length > 1 && cine.toggle(),
      overlays: () => setOverlays((now) => !now),
      provenance: () => setProvenance((now) => !now),
      help: () => setHelp(true),
    };
    const act = panels[command];
    if (act) act();
    else if (controller) steer(controller, command);
  };
  useViewerKeys({ onCommand: obey, onTool: chooseTool, onPreset: (number) => choosePreset(presets[number - 1]) });

  const readValue = (event: PointerEvent) => {
    if (frame && controller) setValueText(valueUnder(controller, frame, event.clientX, event.clientY));
  };

  if (!frame) return null;
  const spacing = pixelSpacing_mm(frame);
  return (
    <div className="series-view">
      <Toolbar
        tool={tool}
        presets={presets}
        hasOverlays={hasOverlays}
        hasProvenance={hasProvenance}
        isInverted={view?.isInverted ?? false}
        onTool={chooseTool}
        onPreset={choosePreset}
        onCommand={obey}
      />
      <div className="picture">
        <div ref={element} className="canvas" onPointerMove={readValue} onPointerLeave={() => setValueText("")} />
        {hasOverlays && view && !problem && (
          <div className="overlays" data-testid="overlays">
            <CornerOverlays
              corners={cornersOf(frame, index, frames.length)}
              windowText={windowText(view.range, view.isColour)}
              valueText={valueText}
            />
            {planeOf(frame) && <OrientationLetters right={view.right_mm} down={view.down_mm} />}
            {spacing && <ScaleBar mm_per_px={norm(view.right_mm) * (spacing.column / view.assumedSpacing_mm)} />}
          </div>
        )}
        {isLoading && (
          <div className="picture-notice">
            <Waiting label="Fetching the first image" />
          </div>
        )}
        {problem && (
          <div className="picture-notice">
            <ProblemNotice problem={problem} />
          </div>
        )}
      </div>
      <FrameBar
        index={index}
        nFrames={frames.length}
        cine={cine}
        asked_per_s={asked_per_s}
        measured_per_s={rate_per_s}
        onIndex={(target) => {
          cine.stop();
          void controller?.goTo(target);
        }}
        onRate={setAsked}
      />
      {hasProvenance && <ProvenancePanel dataset={frame.dataset} onClose={() => setProvenance(false)} />}
      {hasHelp && <HelpDialog onClose={() => setHelp(false)} />}
    </div>
  );
}

function presetsOf(frame: Frame | undefined): WindowPreset[] {
  if (!frame) return [];
  const [center] = frameNumbers(frame, "FrameVoiLutSequence", "WindowCenter");
  const [width] = frameNumbers(frame, "FrameVoiLutSequence", "WindowWidth");
  const stored = storedWindows(frame.dataset);
  const ofFrame = center !== undefined && width !== undefined ? [{ name: "As stored", window: { center, width } }] : [];
  return windowPresets(text(frame.dataset, "Modality"), stored.length > 0 ? stored : ofFrame);
}

function windowText(range: { lower: number; upper: number } | undefined, isColour: boolean): string {
  if (!range || isColour) return "";
  const { center, width } = windowOf(range);
  return `W ${formatValue(Number(width.toPrecision(5)))}  L ${formatValue(Number(center.toPrecision(5)))}`;
}

function valueUnder(controller: StackController, frame: Frame, clientX: number, clientY: number): string {
  const pixel = controller.pixelAt(clientX, clientY);
  if (!pixel) return "";
  const place = `(${pixel.column}, ${pixel.row})`;
  if (pixel.values.length > 1) return `${place}  RGB ${pixel.values.join(" ")}`;
  const [rescaled = Number.NaN] = pixel.values;
  if (pixel.isSuv) return `${place}  ${formatValue(rescaled)} g/mL (SUV)`;
  const { unit, shownValue } = valueMeaning(frame.dataset, frame.groups);
  return `${place}  ${formatValue(shownValue(rescaled))} ${unit}`.trim();
}

/** Do to the picture what a command says. */
function steer(controller: StackController, command: Command): void {
  const { index, nFrames } = controller;
  const targets: Partial<Record<Command, number>> = {
    next: index + 1,
    previous: index - 1,
    "next-10": index + 10,
    "previous-10": index - 10,
    first: 0,
    last: nFrames - 1,
  };
  const target = targets[command];
  if (target !== undefined) void controller.goTo(target);
  const acts: Partial<Record<Command, () => void>> = {
    "zoom-in": () => controller.zoomBy(1.25),
    "zoom-out": () => controller.zoomBy(0.8),
    rotate: () => controller.rotate(90),
    "rotate-back": () => controller.rotate(-90),
    "flip-horizontal": () => controller.flip("horizontal"),
    "flip-vertical": () => controller.flip("vertical"),
    invert: () => controller.invert(),
    reset: () => controller.reset(),
    "delete-measurements": () => controller.deleteMeasurements(),
  };
  acts[command]?.();
}
