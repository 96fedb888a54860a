/** Size of the brush and range of values, the same in every viewport. */
import { ToolGroupManager } from "@cornerstonejs/tools";

export interface Range {
  lower: number;
  upper: number;
}

const SMALLEST_MM = 0.5;
const LARGEST_MM = 100;
const NAMES = ["Brush", "Eraser", "ThresholdBrush"];

let radius_mm = 5;
let range: Range = { lower: 0, upper: 100 };
const listeners = new Set<() => void>();

/** As Cornerstone's brushes take them. */
export function brushSettings() {
  return { brushSize: radius_mm, threshold: { range: [range.lower, range.upper], isDynamic: false } };
}

export function brushRadius_mm(): number {
  return radius_mm;
}

export function setBrushRadius(wanted_mm: number): void {
  radius_mm = Math.min(LARGEST_MM, Math.max(SMALLEST_MM, wanted_mm));
  apply();
}

/** In the values that the viewer shows. */
export function brushRange(): Range {
  return range;
}

export function setBrushRange(wanted: Range): void {
  range = wanted.lower <= wanted.upper ? wanted : { lower: wanted.upper, upper: wanted.lower };
  apply();
}

export function onBrushSettings(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function apply(): void {
  for (const group of ToolGroupManager.getAllToolGroups()) {
    for (const name of NAMES) if (group.hasTool(name)) group.setToolConfiguration(name, brushSettings());
  }
  for (const listener of listeners) listener();
}
