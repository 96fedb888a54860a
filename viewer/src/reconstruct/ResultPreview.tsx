/** The picture that came out, slice by slice, in a window that one can change. */
import { useEffect, useState, type WheelEvent } from "react";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { previewAddress, type Result } from "./reconstruct-api";
import { WORDS } from "./words";

const SETTLE_MS = 60;

export function ResultPreview({ jobId, result }: { jobId: string; result: Result }) {
  const say = useWords(WORDS);
  const { number } = useFormats();
  const shown = (value: number) => number(Number(value.toPrecision(3)));
  const nSlices = result.shape[0] ?? 1;
  const [slice, setSlice] = useState(Math.floor((nSlices - 1) / 2));
  const [low, setLow] = useState(result.window?.[0] ?? result.minimum);
  const [high, setHigh] = useState(result.window?.[1] ?? result.maximum);
  const [address, setAddress] = useState(() => previewAddress(jobId, slice, low, high));
  const [hasFailed, setFailed] = useState(false);

  useEffect(() => {
    const settle = setTimeout(() => setAddress(previewAddress(jobId, slice, low, high)), SETTLE_MS);
    return () => clearTimeout(settle);
  }, [jobId, slice, low, high]);

  const step = (result.maximum - result.minimum) / 500 || 1;
  const range = { min: result.minimum, max: result.maximum, step };
  const unit = result.unit && result.unit !== "1" ? ` ${result.unit}` : "";
  const [, rows = 1, columns = 1] = result.shape;
  const [, rowSpacing = 1, columnSpacing = 1] = result.spacing_mm;
  const scroll = (event: WheelEvent) =>
    setSlice((now) => Math.min(nSlices - 1, Math.max(0, now + Math.sign(event.deltaY))));

  return (
    <section className="card result">
      <div className="result-picture" onWheel={scroll}>
        {hasFailed ? (
          <span role="alert">{say("notLoaded")}</span>
        ) : (
          <img
            src={address}
            alt={say("slice", { number: slice + 1, total: nSlices })}
            style={{ aspectRatio: `${columns * columnSpacing} / ${rows * rowSpacing}` }}
            onLoad={() => setFailed(false)}
            onError={() => setFailed(true)}
          />
        )}
      </div>
      <div className="result-controls">
        <label className="field">
          <span>{say("slice", { number: slice + 1, total: nSlices })}</span>
          <input
            type="range"
            min={0}
            max={nSlices - 1}
            value={slice}
            disabled={nSlices === 1}
            onChange={(event) => setSlice(Number(event.target.value))}
          />
        </label>
        <label className="field">
          <span>{say("black", { value: shown(low) + unit })}</span>
          <input
            type="range"
            {...range}
            value={low}
            onChange={(event) => setLow(Math.min(Number(event.target.value), high - step))}
          />
        </label>
        <label className="field">
          <span>{say("white", { value: shown(high) + unit })}</span>
          <input
            type="range"
            {...range}
            value={high}
            onChange={(event) => setHigh(Math.max(Number(event.target.value), low + step))}
          />
        </label>
      </div>
      <p className="soft">
        {say("resultFacts", {
          quantity: result.quantity,
          low: shown(result.minimum),
          high: shown(result.maximum) + unit,
          shape: [columns, rows, nSlices].join(" × "),
          spacing: result.spacing_mm.toReversed().map(shown).join(" × "),
        })}
      </p>
    </section>
  );
}
