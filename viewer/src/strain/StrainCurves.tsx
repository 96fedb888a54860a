/** Strain of each segment and of the whole wall over the beat, as curves. */
import { useWords } from "../language/words";
import { COLOURS } from "./segments";
import type { Strain } from "./strain-api";
import { WORDS } from "./words";

const [WIDTH, HEIGHT] = [320, 190];
const [LEFT, RIGHT, TOP, BOTTOM] = [42, 314, 8, 170];
/** Always shown, so that curves of patients compare by eye. */
const [LEAST, MOST] = [-20, 5];

interface StrainCurvesProps {
  found: Strain;
  /** The frame that is shown, from 1. */
  frame: number;
  onFrame: (frame: number) => void;
}

export function StrainCurves({ found, frame, onFrame }: StrainCurvesProps) {
  const say = useWords(WORDS);
  const curves = found.segments.map(({ strain }) => strain?.percent);
  const values = [...curves.flatMap((curve) => curve ?? []), ...(found.global?.percent ?? [])];
  const [low, high] = [Math.min(LEAST, ...values), Math.max(MOST, ...values)];
  const x = (index: number) => LEFT + ((RIGHT - LEFT) * index) / (found.n_frames - 1);
  const y = (percent: number) => TOP + ((BOTTOM - TOP) * (high - percent)) / (high - low);
  const line = (curve: readonly number[]) =>
    curve.map((percent, index) => `${x(index).toFixed(1)},${y(percent).toFixed(1)}`).join(" ");
  const first = Math.ceil(low / 10) * 10;
  const grid = Array.from({ length: Math.floor((high - first) / 10) + 1 }, (_, step) => first + 10 * step);
  const upright = (at: number) => ({ x1: x(at), x2: x(at), y1: TOP, y2: BOTTOM });
  const shown = frame - found.first;
  const isShown = shown >= 0 && shown < found.n_frames;
  return (
    <figure className="strain-curves">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={say("curves")} data-testid="strain-curves">
        {grid.map((percent) => (
          <g key={percent} className={percent === 0 ? "zero" : "grid"}>
            <line x1={LEFT} x2={RIGHT} y1={y(percent)} y2={y(percent)} />
            <text x={LEFT - 4} y={y(percent) + 4} textAnchor="end">
              {percent} %
            </text>
          </g>
        ))}
        <line className="end-systole" {...upright(found.end_systole - found.first)} />
        {isShown && <line className="now" {...upright(shown)} />}
        {curves.map(
          (curve, index) => curve && <polyline key={COLOURS[index]} stroke={COLOURS[index]} points={line(curve)} />,
        )}
        {found.global && <polyline className="global" points={line(found.global.percent)} />}
        <text x={LEFT} y={HEIGHT - 5}>
          {timeOf(found, 0)}
        </text>
        <text x={RIGHT} y={HEIGHT - 5} textAnchor="end">
          {timeOf(found, found.n_frames - 1)}
        </text>
      </svg>
      <input
        type="range"
        aria-label={say("curves")}
        aria-valuetext={say("frame", { frame })}
        min={found.first}
        max={found.first + found.n_frames - 1}
        value={isShown ? frame : found.first}
        onChange={(event) => onFrame(Number(event.target.value))}
      />
    </figure>
  );
}

/** Return the moment of a frame of the beat, in ms where the loop says how fast it is. */
function timeOf({ frame_ms, first }: Strain, index: number): string {
  return frame_ms === null ? `${first + index}` : `${Math.round(index * frame_ms)} ms`;
}
