/** One reconstruction: which it is, its slice, and what the circle holds. */
import { type PointerEvent, useEffect, useState, type WheelEvent } from "react";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { type Point, pixelOf, pointOf } from "./bench-geometry";
import type { Take } from "./job-state";
import { changedWords } from "./parameter-values";
import { type CircleValues, circleValues, previewAddress, type RawFile } from "./reconstruct-api";
import { WORDS } from "./words";

const SETTLE_MS = 60;
/** A press that moves less is a click. */
const DRAG_PIXELS = 5;

interface Pixel {
  column: number;
  row: number;
}

interface BenchPaneProps {
  label: string;
  raw: RawFile;
  take: Take;
  takes: readonly Take[];
  slice: number;
  window: readonly [number, number];
  minus: string | undefined;
  circle: { middle: Point; radiusMm: number };
  onShow: (jobId: string) => void;
  onScroll: (step: number) => void;
  onPoint: (point: Point) => void;
  onCorners: ((from: Point, to: Point) => void) | undefined;
}

export function BenchPane(props: BenchPaneProps) {
  const { label, raw, take, takes, slice, window, minus, circle, onShow, onScroll, onPoint, onCorners } = props;
  const say = useWords(WORDS);
  const { figures: shown } = useFormats();
  const [low, high] = window;
  const wanted = previewAddress(take.jobId, slice, low, high, minus);
  const [address, setAddress] = useState(wanted);
  const [hasFailed, setFailed] = useState(false);
  const [drag, setDrag] = useState<{ from: Pixel; to: Pixel }>();
  useEffect(() => {
    const settle = setTimeout(() => setAddress(wanted), SETTLE_MS);
    return () => clearTimeout(settle);
  }, [wanted]);

  const { result } = take;
  const [nSlices = 1, rows = 1, columns = 1] = result.shape;
  const [, rowSpacing = 1, columnSpacing = 1] = result.spacing_mm;
  const middle = pixelOf(result, circle.middle);
  const unit = result.unit && result.unit !== "1" ? ` ${result.unit}` : "";

  const pixelAt = (event: PointerEvent<Element>): Pixel => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      column: ((event.clientX - box.left) / box.width) * columns - 0.5,
      row: ((event.clientY - box.top) / box.height) * rows - 0.5,
    };
  };
  const isDrag = (event: PointerEvent<Element>) => {
    if (!drag || !onCorners) return false;
    const perPixel = event.currentTarget.getBoundingClientRect().width / columns;
    const to = pixelAt(event);
    return Math.hypot(to.column - drag.from.column, to.row - drag.from.row) * perPixel > DRAG_PIXELS;
  };
  const release = (event: PointerEvent<Element>) => {
    if (!drag) return;
    const to = pixelAt(event);
    if (isDrag(event)) onCorners?.(pointOf(result, drag.from, slice), pointOf(result, to, slice));
    else onPoint(pointOf(result, to, slice));
    setDrag(undefined);
  };

  return (
    <figure className="bench-pane">
      <select aria-label={label} value={take.jobId} onChange={(event) => onShow(event.target.value)}>
        {takes.map((one) => (
          <option key={one.jobId} value={one.jobId}>
            {titleOf(one, raw)}
          </option>
        ))}
      </select>
      <div className="result-picture" onWheel={(event: WheelEvent) => onScroll(Math.sign(event.deltaY))}>
        {hasFailed && <span role="alert">{say("notLoaded")}</span>}
        <div
          className="bench-picture"
          style={{ aspectRatio: `${columns * columnSpacing} / ${rows * rowSpacing}` }}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag({ from: pixelAt(event), to: pixelAt(event) });
          }}
          onPointerMove={(event) => drag && setDrag({ from: drag.from, to: pixelAt(event) })}
          onPointerUp={release}
          onPointerCancel={() => setDrag(undefined)}
        >
          <img
            src={address}
            draggable={false}
            alt={say("slice", { number: slice + 1, total: nSlices })}
            onLoad={() => setFailed(false)}
            onError={() => setFailed(true)}
          />
          <svg viewBox={`-0.5 -0.5 ${columns} ${rows}`} preserveAspectRatio="none" aria-hidden="true">
            <ellipse
              cx={middle.column}
              cy={middle.row}
              rx={circle.radiusMm / columnSpacing}
              ry={circle.radiusMm / rowSpacing}
            />
            {drag && onCorners && <rect {...square(drag.from, drag.to)} />}
          </svg>
        </div>
      </div>
      <figcaption className="soft">
        <CircleText take={take} slice={slice} circle={circle} unit={unit} />
        <span>
          {say("resultFacts", {
            quantity: result.quantity,
            low: shown(result.minimum),
            high: shown(result.maximum) + unit,
            shape: [columns, rows, nSlices].join(" × "),
            spacing: result.spacing_mm.toReversed().map(shown).join(" × "),
          })}
        </span>
      </figcaption>
    </figure>
  );
}

/** Return "2 · fbp · window hann": what tells a take from another. */
export function titleOf(take: Take, raw: RawFile): string {
  const parameters = raw.methods.find((method) => method.name === take.method)?.parameters ?? [];
  return [String(take.number), take.method, ...changedWords(parameters, take.parameters)].join(" · ");
}

function square(from: Pixel, to: Pixel): { x: number; y: number; width: number; height: number } {
  const width = Math.max(Math.abs(to.column - from.column), Math.abs(to.row - from.row));
  const x = to.column < from.column ? from.column - width : from.column;
  const y = to.row < from.row ? from.row - width : from.row;
  return { x, y, width, height: width };
}

interface CircleTextProps {
  take: Take;
  slice: number;
  circle: { middle: Point; radiusMm: number };
  unit: string;
}

function CircleText({ take, slice, circle, unit }: CircleTextProps) {
  const say = useWords(WORDS);
  const { number, figures: shown } = useFormats();
  const [answer, setAnswer] = useState<{ of: string; values: CircleValues | null }>();
  const [x, y, z] = circle.middle;
  const { radiusMm } = circle;
  const asked = [take.jobId, slice, x, y, z, radiusMm].join(" ");
  useEffect(() => {
    const stop = new AbortController();
    const settle = setTimeout(() => {
      circleValues(take.jobId, slice, [x, y, z], radiusMm, stop.signal)
        .then((values) => setAnswer({ of: asked, values }))
        .catch(() => !stop.signal.aborted && setAnswer(undefined));
    }, SETTLE_MS);
    return () => {
      clearTimeout(settle);
      stop.abort();
    };
  }, [asked, take.jobId, slice, x, y, z, radiusMm]);
  if (answer === undefined) return null;
  // Until the new circle's values come, the old ones stay in place, but are not passed off as its own.
  const isOld = answer.of !== asked;
  const { values } = answer;
  if (values === null) return <span aria-busy={isOld}>{say("nothingInCircle")}</span>;
  return (
    <strong aria-busy={isOld}>
      {say("inCircle", { mean: shown(values.mean), deviation: shown(values.deviation), unit, n: number(values.n) })}
    </strong>
  );
}
