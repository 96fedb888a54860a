/** The picture that came out, slice by slice, in a window that one can change. */
import { useEffect, useState, type WheelEvent } from "react";
import { previewAddress, type Result } from "./reconstruct-api";

const SETTLE_MS = 60;

export function ResultPreview({ jobId, result }: { jobId: string; result: Result }) {
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
          <span role="alert">This picture could not be loaded.</span>
        ) : (
          <img
            src={address}
            alt={`Slice ${slice + 1} of ${nSlices}`}
            style={{ aspectRatio: `${columns * columnSpacing} / ${rows * rowSpacing}` }}
            onLoad={() => setFailed(false)}
            onError={() => setFailed(true)}
          />
        )}
      </div>
      <div className="result-controls">
        <label className="field">
          <span>
            Slice {slice + 1} of {nSlices}
          </span>
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
          <span>
            Black at {shown(low)}
            {unit}
          </span>
          <input
            type="range"
            {...range}
            value={low}
            onChange={(event) => setLow(Math.min(Number(event.target.value), high - step))}
          />
        </label>
        <label className="field">
          <span>
            White at {shown(high)}
            {unit}
          </span>
          <input
            type="range"
            {...range}
            value={high}
            onChange={(event) => setHigh(Math.max(Number(event.target.value), low + step))}
          />
        </label>
      </div>
      <p className="soft">
        {result.quantity}, {shown(result.minimum)} to {shown(result.maximum)}
        {unit}; {columns} × {rows} × {nSlices} voxels of{" "}
        {result.spacing_mm
          .toReversed()
          .map((spacing) => shown(spacing))
          .join(" × ")}{" "}
        mm
      </p>
    </section>
  );
}

function shown(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
