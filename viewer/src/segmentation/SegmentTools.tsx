/** Tools that mark, their size and range, and what changes a whole segment. */
import { useEffect, useReducer, useState } from "react";
import { useWords } from "../language/words";
import { brushRadius_mm, brushRange, onBrushSettings, setBrushRadius, setBrushRange } from "../tools/brush-settings";
import { Icon } from "../tools/icons";
import { keyName } from "../tools/keyboard";
import type { PointerTool } from "../tools/pointer-tool";
import { POINTER_TOOLS } from "../tools/tool-set";
import { HINT_WORDS, TOOL_WORDS } from "../tools/words";
import type { Segmentation } from "./Segmentation";
import type { SegmentationDisplay } from "./SegmentationDisplay";
import type { StudySegmentations } from "./study-segmentations";
import { useSegmentOperations } from "./use-segment-operations";
import { WORDS } from "./words";

interface SegmentToolsProps {
  study: StudySegmentations;
  segmentation: Segmentation;
  display: SegmentationDisplay | undefined;
  tool: PointerTool;
  onTool: (tool: PointerTool) => void;
  onTrouble: (text: string) => void;
}

export function SegmentTools({ study, segmentation, display, tool, onTool, onTrouble }: SegmentToolsProps) {
  const say = useWords(WORDS);
  const sayTool = useWords(TOOL_WORDS);
  const sayHint = useWords(HINT_WORDS);
  const [, drawAgain] = useReducer((n: number) => n + 1, 0);
  useEffect(() => onBrushSettings(drawAgain), []);
  const operations = useSegmentOperations({ studyUid: study.studyUid, segmentation, display, onTrouble });
  const [smallest_mL, setSmallest] = useState(0.1);
  const operation = (word: "fill" | "interpolate" | "smooth" | "largest" | "small", act: () => void) => (
    <button
      type="button"
      title={say(`${word}Hint`)}
      disabled={operations.progress !== "" || !segmentation.active}
      onClick={act}
    >
      {say(word)}
    </button>
  );
  const radius_mm = brushRadius_mm();
  const range = brushRange();
  const step = (act: () => void) => {
    display?.takeDrawn();
    act();
  };
  return (
    <div className="segment-tools">
      <div className="segment-line" role="toolbar" aria-label={say("tools")}>
        {POINTER_TOOLS.filter(({ kind }) => kind === "segment").map((one) => (
          <button
            key={one.id}
            type="button"
            title={`${sayTool(one.id)}: ${sayHint(one.id)} (${keyName(one.key)})`}
            aria-label={sayTool(one.id)}
            aria-pressed={one === tool}
            onClick={() => onTool(one)}
          >
            <Icon of={one.id} />
            <kbd>{keyName(one.key)}</kbd>
          </button>
        ))}
        <span className="segment-gap" />
        <button
          type="button"
          className="quiet"
          disabled={!segmentation.canUndo}
          title="Ctrl Z"
          onClick={() => step(() => segmentation.undo())}
        >
          {say("undo")}
        </button>
        <button
          type="button"
          className="quiet"
          disabled={!segmentation.canRedo}
          title="Ctrl Y"
          onClick={() => step(() => segmentation.redo())}
        >
          {say("redo")}
        </button>
      </div>
      <label className="segment-line">
        <span className="segment-word">{say("radius", { mm: radius_mm })}</span>
        <input
          type="range"
          min={0.5}
          max={40}
          step={0.5}
          value={radius_mm}
          onChange={(event) => setBrushRadius(Number(event.target.value))}
        />
      </label>
      <div className="segment-line">
        <span className="segment-word">{say("range")}</span>
        <NumberInput label={say("lower")} value={range.lower} onValue={(lower) => setBrushRange({ ...range, lower })} />
        <NumberInput label={say("upper")} value={range.upper} onValue={(upper) => setBrushRange({ ...range, upper })} />
      </div>
      <div className="segment-line">
        {operation("fill", () => void operations.fill())}
        {operation("interpolate", () => void operations.interpolate())}
        {operation("smooth", () => void operations.smooth())}
        {operation("largest", () => void operations.keepLargest())}
        {operation("small", () => void operations.dropSmall(smallest_mL))}
        <NumberInput label={say("smallest")} value={smallest_mL} onValue={setSmallest} />
      </div>
      {operations.progress && (
        <p className="segment-note" role="status">
          {operations.progress}
        </p>
      )}
    </div>
  );
}

interface NumberInputProps {
  label: string;
  value: number;
  onValue: (value: number) => void;
}

export function NumberInput({ label, value, onValue }: NumberInputProps) {
  return (
    <input
      key={value}
      type="number"
      step="any"
      aria-label={label}
      defaultValue={value}
      onBlur={(event) => {
        const given = event.target.valueAsNumber;
        if (Number.isFinite(given) && given !== value) onValue(given);
      }}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}
