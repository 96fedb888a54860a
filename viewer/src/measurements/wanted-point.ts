/** Points that a person wants to see, told to pictures that Cornerstone does not draw. */
import type { PatientPoint } from "./measurement";

type OnPoint = (frameOfReferenceUid: string, point_mm: PatientPoint) => void;
const listeners = new Set<OnPoint>();

/** Hear of points that should be shown; returns how to stop. */
export function onPointWanted(listener: OnPoint): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function wantPoint(frameOfReferenceUid: string, point_mm: PatientPoint): void {
  for (const listener of listeners) listener(frameOfReferenceUid, point_mm);
}
