/** Moves through the stack: play, slider, rates. */
import type { Cine } from "./use-cine";

interface FrameBarProps {
  index: number;
  nFrames: number;
  cine: Cine;
  asked_per_s: number;
  measured_per_s: number | undefined;
  onIndex: (index: number) => void;
  onRate: (rate_per_s: number) => void;
}

export function FrameBar({ index, nFrames, cine, asked_per_s, measured_per_s, onIndex, onRate }: FrameBarProps) {
  if (nFrames < 2) return null;
  return (
    <div className="frame-bar">
      <button type="button" aria-pressed={cine.isPlaying} title="Play or pause (Space)" onClick={cine.toggle}>
        {cine.isPlaying ? "Pause" : "Play"}
      </button>
      <input
        type="range"
        aria-label="Image"
        aria-valuetext={`${index + 1} of ${nFrames}`}
        min={0}
        max={nFrames - 1}
        value={index}
        onChange={(event) => onIndex(Number(event.target.value))}
      />
      <span className="frame-count">
        {index + 1} / {nFrames}
      </span>
      <label>
        <span className="visually-hidden">Frames per second</span>
        <input
          type="number"
          min={1}
          max={60}
          value={Math.round(asked_per_s)}
          onChange={(event) => onRate(Math.min(60, Math.max(1, Number(event.target.value) || 1)))}
        />
      </label>
      <span className="frame-rate">
        {cine.isPlaying && measured_per_s !== undefined ? `${measured_per_s.toFixed(1)} frames/s` : "frames/s"}
      </span>
    </div>
  );
}
