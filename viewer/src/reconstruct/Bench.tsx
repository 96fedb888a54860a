/** Reconstructions to look at, one or two side by side: one slice, one window and one circle for both. */
import { useState } from "react";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { BenchPane } from "./BenchPane";
import { isSamePlace, middleOf, type Point, regionBetween, sliceBeside } from "./bench-geometry";
import type { Take } from "./job-state";
import type { RawFile, Result } from "./reconstruct-api";
import { WORDS } from "./words";

const CIRCLE_OF_WIDTH = 1 / 12;

interface BenchProps {
  raw: RawFile;
  takes: readonly Take[];
  shown: readonly string[];
  onShow: (shown: readonly string[]) => void;
  /** Left out where the method knows no region. */
  onRegion: ((region: Record<string, number>) => void) | undefined;
}

export function Bench({ raw, takes, shown, onShow, onRegion }: BenchProps) {
  const say = useWords(WORDS);
  const { figures } = useFormats();
  const panes = shown.flatMap((jobId) => takes.find((take) => take.jobId === jobId) ?? []);
  const [first] = panes;
  const [slice, setSlice] = useState(() => middleSlice(first?.result));
  const [windows, setWindows] = useState<Record<string, [number, number]>>({});
  const [middle, setMiddle] = useState<Point | undefined>();
  const [radius, setRadius] = useState<number | undefined>();
  const [isDifference, setDifference] = useState(false);
  if (!first) return null;
  const nSlices = first.result.shape[0] ?? 1;
  const at = Math.min(slice, nSlices - 1);
  const circle = { middle: middle ?? middleOf(first.result), radiusMm: radius ?? usualRadius(first.result) };
  const [, second] = panes;
  const canSubtract = second !== undefined && isSamePlace(first.result, second.result);
  const isSubtracted = canSubtract && isDifference;
  const show = (pane: number, jobId: string) => onShow(shown.map((one, index) => (index === pane ? jobId : one)));
  const kinds = new Map<string, { result: Result; window: [number, number] }>();
  for (const [index, { result }] of panes.entries()) {
    const kind = kindOf(result, isSubtracted && index === 1);
    // Both panes share the window of the first of their quantity.
    if (!kinds.has(kind)) kinds.set(kind, { result, window: windows[kind] ?? usualWindow(result, kind) });
  }
  const other = takes.findLast((take) => take.jobId !== first.jobId);
  return (
    <section className="card bench">
      <div className={panes.length > 1 ? "bench-panes is-two" : "bench-panes"}>
        {panes.map((take, index) => {
          const minus = isSubtracted && index === 1 ? first.jobId : undefined;
          const kind = kindOf(take.result, minus !== undefined);
          return (
            <BenchPane
              key={take.jobId}
              label={say(panes.length === 1 ? "shown" : index === 0 ? "shownLeft" : "shownRight")}
              raw={raw}
              take={take}
              takes={takes}
              slice={index === 0 ? at : sliceBeside(first.result, at, take.result)}
              window={kinds.get(kind)?.window ?? [0, 1]}
              minus={minus}
              circle={circle}
              onShow={(jobId) => show(index, jobId)}
              onScroll={(step) => setSlice(Math.min(nSlices - 1, Math.max(0, at + step)))}
              onPoint={setMiddle}
              onCorners={onRegion && ((from, to) => drawn(from, to, onRegion))}
            />
          );
        })}
      </div>
      <div className="bench-bar">
        <span className="soft">{say(onRegion ? "circleHelp" : "circleClick")}</span>
        {canSubtract && (
          <label className="check">
            <input type="checkbox" checked={isDifference} onChange={(event) => setDifference(event.target.checked)} />
            {say("difference")}
          </label>
        )}
        {panes.length > 1 ? (
          <button type="button" onClick={() => onShow([shown[1] ?? first.jobId])}>
            {say("onlyThis")}
          </button>
        ) : (
          other && (
            <button type="button" onClick={() => onShow([first.jobId, other.jobId])}>
              {say("compare")}
            </button>
          )
        )}
      </div>
      <div className="result-controls">
        <label className="field">
          <span>{say("slice", { number: at + 1, total: nSlices })}</span>
          <input
            type="range"
            min={0}
            max={nSlices - 1}
            value={at}
            disabled={nSlices === 1}
            onChange={(event) => setSlice(Number(event.target.value))}
          />
        </label>
        {[...kinds].map(([kind, { result, window }]) => (
          <Window
            key={kind}
            result={result}
            window={window}
            onChange={(next) => setWindows({ ...windows, [kind]: next })}
          />
        ))}
        <label className="field">
          <span>{say("circle", { value: figures(circle.radiusMm) })}</span>
          <input
            type="range"
            min={usualRadius(first.result) / 8}
            max={usualRadius(first.result) * 4}
            step="any"
            value={circle.radiusMm}
            onChange={(event) => setRadius(Number(event.target.value))}
          />
        </label>
      </div>
    </section>
  );
}

function drawn(from: Point, to: Point, onRegion: (region: Record<string, number>) => void): void {
  const region = regionBetween(from, to);
  if (region) onRegion(region);
}

/** What shares a window: images of one quantity; differences have their own. */
function kindOf(result: Result, isDifference: boolean): string {
  return `${isDifference ? "-" : ""}${result.quantity} ${result.unit}`;
}

function usualWindow(result: Result, kind: string): [number, number] {
  const [low = result.minimum, high = result.maximum] = result.window ?? [];
  return kind.startsWith("-") ? [(low - high) / 10, (high - low) / 10] : [low, high];
}

function middleSlice(result: Result | undefined): number {
  return Math.floor(((result?.shape[0] ?? 1) - 1) / 2);
}

function usualRadius({ shape, spacing_mm }: Result): number {
  return ((shape[2] ?? 1) * (spacing_mm[2] ?? 1) || 1) * CIRCLE_OF_WIDTH;
}

interface WindowProps {
  result: Result;
  window: [number, number];
  onChange: (window: [number, number]) => void;
}

function Window({ result, window: [low, high], onChange }: WindowProps) {
  const say = useWords(WORDS);
  const { figures: shown } = useFormats();
  const [least, most] = [Math.min(result.minimum, low), Math.max(result.maximum, high)];
  const step = (most - least) / 500 || 1;
  const unit = result.unit && result.unit !== "1" ? ` ${result.unit}` : "";
  const range = { type: "range", min: least, max: most, step };
  return (
    <>
      <label className="field">
        <span>{say("black", { value: shown(low) + unit })}</span>
        <input
          {...range}
          value={low}
          onChange={(event) => onChange([Math.min(Number(event.target.value), high - step), high])}
        />
      </label>
      <label className="field">
        <span>{say("white", { value: shown(high) + unit })}</span>
        <input
          {...range}
          value={high}
          onChange={(event) => onChange([low, Math.max(Number(event.target.value), low + step)])}
        />
      </label>
    </>
  );
}
