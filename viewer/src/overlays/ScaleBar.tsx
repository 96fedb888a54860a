/** A bar of a round length, so that sizes can be judged at a glance. */
import { lengthText, scaleBarLength } from "./scale-bar";

const LONGEST_PX = 160;

export function ScaleBar({ mm_per_px }: { mm_per_px: number }) {
  const bar = scaleBarLength(mm_per_px, LONGEST_PX);
  if (!bar) return null;
  return (
    <div className="scale-bar">
      <div style={{ width: bar.length_px }} />
      <span>{lengthText(bar.length_mm)}</span>
    </div>
  );
}
