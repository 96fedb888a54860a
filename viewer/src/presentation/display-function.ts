/**
 * From values as Cornerstone holds them to shades, by a presentation state.
 *
 * Source: DICOM PS3.3 sec. C.11.1 (modality LUT), C.11.2.1.2 (window), C.11.2.1.3 (functions), C.11.8.
 */
import type { LookupTable, ModalityTransform, Voi } from "./presentation-state";

/** How the image's own rescale made its values from what is stored. */
export interface Rescale {
  slope: number;
  intercept: number;
}

export type DisplayFunction =
  /** A straight line from black at `lower` to white at `upper`. */
  | { kind: "range"; lower: number; upper: number }
  /** Shades from 0 to 1 at these values, straight lines between them. */
  | { kind: "points"; points: readonly (readonly [value: number, shade: number])[] };

const N_SAMPLES = 512;

/** Return the display function, or undefined where the state leaves it to the image. */
export function displayFunction(
  modality: ModalityTransform | undefined,
  voi: Voi | undefined,
  image: Rescale,
): DisplayFunction | undefined {
  const inverse = inverseOf(modality, image);
  if (modality?.kind === "table") {
    return { kind: "points", points: throughTable(modality.table, voi, image) };
  }
  if (!voi) return undefined;
  if (voi.kind === "table") {
    const scale = 2 ** voi.table.nBits - 1;
    const points = voi.table.entries.map((entry, at) => [inverse(voi.table.firstInput + at), entry / scale] as const);
    return { kind: "points", points: inOrder(points) };
  }
  if (voi.function === "SIGMOID") {
    const start = voi.center - 4 * voi.width;
    const samples = Array.from({ length: N_SAMPLES + 1 }, (_, at) => start + (8 * voi.width * at) / N_SAMPLES);
    return { kind: "points", points: inOrder(samples.map((x) => [inverse(x), shadeOf(voi, x)] as const)) };
  }
  const { lower, upper } = edges(voi);
  return { kind: "range", lower: inverse(lower), upper: inverse(upper) };
}

/** Return the shade, 0 to 1, of a value behind the modality transform. */
export function shadeOf(voi: Voi, value: number): number {
  if (voi.kind === "table") {
    const { entries, firstInput, nBits } = voi.table;
    const at = Math.min(entries.length - 1, Math.max(0, Math.round(value) - firstInput));
    return (entries[at] ?? 0) / (2 ** nBits - 1);
  }
  if (voi.function === "SIGMOID") return 1 / (1 + Math.exp((-4 * (value - voi.center)) / voi.width));
  const { lower, upper } = edges(voi);
  return Math.min(1, Math.max(0, (value - lower) / (upper - lower || 1)));
}

function edges({ center, width, function: shape }: Voi & { kind: "window" }): { lower: number; upper: number } {
  if (shape === "LINEAR_EXACT") return { lower: center - width / 2, upper: center + width / 2 };
  return { lower: center - 0.5 - (width - 1) / 2, upper: center - 0.5 + (width - 1) / 2 };
}

/** Return the way from a value behind the state's rescale to one behind the image's own. */
function inverseOf(modality: ModalityTransform | undefined, image: Rescale): (value: number) => number {
  if (modality?.kind !== "rescale") return (value) => value;
  return (value) => ((value - modality.intercept) / modality.slope) * image.slope + image.intercept;
}

function throughTable(table: LookupTable, voi: Voi | undefined, image: Rescale) {
  const full = 2 ** table.nBits - 1;
  const points = table.entries.map((entry, at) => {
    const value = (table.firstInput + at) * image.slope + image.intercept;
    return [value, voi ? shadeOf(voi, entry) : entry / full] as const;
  });
  return inOrder(points);
}

function inOrder(points: readonly (readonly [number, number])[]) {
  return [...points].sort(([a], [b]) => a - b);
}
