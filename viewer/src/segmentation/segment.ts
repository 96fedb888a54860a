/** One segment: what it is, in codes, and how it is shown. Source: DICOM PS3.3 sec. C.8.20.2 (Segment Description). */
import type { Code } from "../structured-report/codes";
import { type Cielab, rgbOf } from "./cielab";

export type Algorithm = "MANUAL" | "SEMIAUTOMATIC" | "AUTOMATIC";

export interface Segment {
  /** The value of its pixels in memory, 1 to 255; in what is written here also the Segment Number. */
  label: number;
  name: string;
  category: Code;
  type: Code;
  /** Laterality and the like. */
  modifiers: readonly Code[];
  algorithm: Algorithm;
  algorithmName: string;
  colour: Cielab;
  trackingId: string;
  trackingUid: string;
}

/** Labels are bytes, and 0 is what belongs to no segment. */
export const MOST_SEGMENTS = 255;

export function cssColour({ colour }: Pick<Segment, "colour">): string {
  return `rgb(${rgbOf(colour).join(", ")})`;
}

/** Return the smallest label that no segment has, or undefined when there is none left. */
export function freeLabel(segments: readonly Segment[]): number | undefined {
  const taken = new Set(segments.map(({ label }) => label));
  for (let label = 1; label <= MOST_SEGMENTS; label += 1) if (!taken.has(label)) return label;
  return undefined;
}
