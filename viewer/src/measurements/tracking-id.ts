/** Names by which people follow a finding: "Length 3". Source: DICOM PS3.16 (112039, DCM, Tracking Identifier). */
import type { Kind, Measurement } from "./measurement";

/** English names, because they are stored and other people read them. */
export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  Length: "Length",
  Bidirectional: "Bidirectional",
  Angle: "Angle",
  CobbAngle: "Cobb angle",
  EllipticalROI: "Ellipse",
  RectangleROI: "Rectangle",
  PlanarFreehandROI: "Freehand",
  Probe: "Point",
  ArrowAnnotate: "Arrow",
};

/** Return the kind's name with the first number that comes after all that were given. */
export function nextTrackingId(kind: Kind, list: readonly Measurement[]): string {
  const name = KIND_NAMES[kind];
  const numbers = list
    .map(({ trackingId }) => (trackingId.startsWith(`${name} `) ? Number(trackingId.slice(name.length + 1)) : 0))
    .filter(Number.isInteger);
  return `${name} ${Math.max(0, ...numbers) + 1}`;
}
