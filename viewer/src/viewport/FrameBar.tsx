/** Moves through the images of the active cell: play, slider, rates. */
import { useWords } from "../language/words";
import type { Cine } from "./use-cine";
import { WORDS } from "./words";

interface FrameBarProps {
  index: number;
  nImages: number;
  cine: Cine;
  asked_per_s: number;
  measured_per_s: number | undefined;
  onIndex: (index: number) => void;
  onRate: (rate_per_s: number) => void;
}

export function FrameBar({ index, nImages, cine, asked_per_s, measured_per_s, onIndex, onRate }: FrameBarProps) {
  const say = useWords(WORDS);
  if (nImages < 2) return null;
  return (
    <div className="frame-bar">
      <button type="button" aria-pressed={cine.isPlaying} title={`${say("play")} (Space)`} onClick={cine.toggle}>
        {cine.isPlaying ? say("pause") : say("play")}
      </button>
      <input
        type="range"
        aria-label={say("image")}
        aria-valuetext={say("image-of", { image: index + 1, n: nImages })}
        min={0}
        max={nImages - 1}
        value={index}
        onChange={(event) => onIndex(Number(event.target.value))}
      />
      <span className="frame-count">
        {index + 1} / {nImages}
      </span>
      <label>
        <span className="visually-hidden">{say("rate")}</span>
        <input
          type="number"
          min={1}
          max={60}
          value={Math.round(asked_per_s)}
          onChange={(event) => onRate(Math.min(60, Math.max(1, Number(event.target.value) || 1)))}
        />
      </label>
      <span className="frame-rate">
        {cine.isPlaying && measured_per_s !== undefined
          ? `${measured_per_s.toFixed(1)} ${say("rate-unit")}`
          : say("rate-unit")}
      </span>
    </div>
  );
}
