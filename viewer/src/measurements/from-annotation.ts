/** A measurement from what was drawn with Cornerstone's tools. */
import type { Types } from "@cornerstonejs/tools";
import { uidOfUuid } from "../dicomweb/uids";
import { DISTANCE_3D } from "../tools/distance-3d";
import { quantitiesOnImage } from "../ultrasound/region-quantities";
import { longAxisFirst, orderedOnImage } from "./ellipse-axes";
import { geometricQuantities } from "./geometric-quantities";
import { toImage, toPatient } from "./image-geometry";
import { KINDS, type Kind, type Measurement, type PatientPoint, type Place } from "./measurement";
import { quantitiesOf, type Stats } from "./statistics";
import type { StudyImage } from "./study-images";

/** Farther off its image than this, a point lies in space; rounding stays well below. */
const ON_IMAGE_MM = 0.01;

export interface Authorship {
  observer: string;
  observedAt: string;
  /** Name by which people follow the finding, such as "Length 3". */
  trackingId: string;
}

export function kindOf(annotation: Types.Annotation): Kind | undefined {
  const drawnWith = annotation.metadata?.toolName;
  return drawnWith === DISTANCE_3D ? "Length" : KINDS.find((kind) => kind === drawnWith);
}

/** Return the measurement, or undefined for an annotation of another tool or without a place that can be kept. */
export function measurementOf(
  annotation: Types.Annotation,
  image: StudyImage | undefined,
  authorship: Authorship,
): Measurement | undefined {
  const kind = kindOf(annotation);
  const place = kind && placeOf(annotation, kind, image);
  if (!kind || !place || place.on === "nothing" || place.on === "segment" || place.points_mm?.length === 0)
    return undefined;
  const stats = bestStats(annotation, image);
  const inRegion = place.on === "image" && image ? quantitiesOnImage(kind, image, place.points_px) : [];
  const computed = followsFromPoints(kind, place, stats) ? [] : quantitiesOf(kind, stats, image);
  return {
    kind,
    place,
    isClosed: isClosed(annotation, kind),
    label: annotation.data.label ?? "",
    finding: undefined,
    site: undefined,
    quantities: [inRegion, computed].find(({ length }) => length > 0) ?? geometricQuantities(kind, place),
    trackingUid: trackingUidOf(annotation.annotationUID ?? ""),
    isForeign: false,
    observer: authorship.observer,
    observedAt: authorship.observedAt,
    trackingId: authorship.trackingId,
  };
}

/** Return the UID of a finding from an annotation's: a UUID where it was drawn, the UID itself where it was loaded. */
export function trackingUidOf(annotationUid: string): string {
  return /^[\d.]+$/.test(annotationUid) ? annotationUid : uidOfUuid(annotationUid);
}

function placeOf(annotation: Types.Annotation, kind: Kind, image: StudyImage | undefined): Place | undefined {
  const points_mm = pointsOf(annotation, kind);
  if (image) {
    const projected = points_mm.map((point) => toImage(image.geometry, point));
    if (projected.every(({ distance_mm }) => distance_mm <= ON_IMAGE_MM)) {
      const drawn = projected.map(({ point_px }) => point_px);
      const points_px = kind === "EllipticalROI" ? orderedOnImage(drawn) : drawn;
      const { frameOfReferenceUid } = image;
      return {
        on: "image",
        image: image.reference,
        points_px,
        points_mm: frameOfReferenceUid ? points_px.map((point) => toPatient(image.geometry, point)) : undefined,
        frameOfReferenceUid,
      };
    }
  }
  const frameOfReferenceUid = annotation.metadata?.FrameOfReferenceUID;
  if (!frameOfReferenceUid) return undefined;
  const rounded = points_mm.map(([x, y, z]) => [Math.fround(x), Math.fround(y), Math.fround(z)] as const);
  return {
    on: "space",
    frameOfReferenceUid,
    points_mm: kind === "EllipticalROI" ? longAxisFirst(rounded) : rounded,
  };
}

function pointsOf({ data }: Types.Annotation, kind: Kind): PatientPoint[] {
  const points = kind === "PlanarFreehandROI" ? data.contour?.polyline : data.handles?.points;
  const copied = (points ?? []).map((point) => [point[0], point[1], point[2]] as const);
  // Some contours repeat their first point at the end.
  const [first, last] = [copied[0], copied.at(-1)];
  const isRepeated = kind === "PlanarFreehandROI" && copied.length > 2 && String(first) === String(last);
  return isRepeated ? copied.slice(0, -1) : copied;
}

function isClosed({ data }: Types.Annotation, kind: Kind): boolean {
  return kind === "PlanarFreehandROI" && data.contour?.closed === true;
}

/**
 * Whether the number is geometry of points in the patient and nothing else. Cornerstone computes it some time after the
 * last move: what it holds at the end of a drag may still be that of a moment before.
 */
function followsFromPoints(kind: Kind, place: Place, { unit }: Stats): boolean {
  const isInPatient = (place.on === "image" || place.on === "space") && place.points_mm !== undefined;
  return isInPatient && (kind === "Angle" || (kind === "Length" && (unit === "mm" || unit == null)));
}

/**
 * Whether the numbers of an annotation are those of a moment before: its tool computes them when it is drawn next.
 * An arrow has none, and its tool never says that it is done.
 */
export function awaitsNumbers(annotation: Types.Annotation): boolean {
  return annotation.invalidated === true && annotation.isVisible !== false && kindOf(annotation) !== "ArrowAnnotate";
}

/** Return the statistics of the image itself, or else the first that hold a number. */
function bestStats({ data }: Types.Annotation, image: StudyImage | undefined): Stats {
  const all = Object.entries((data.cachedStats ?? {}) as Record<string, Stats>);
  const ofImage = all.find(([target]) => image && target === `imageId:${image.imageId}`);
  const withNumbers = all.find(([, stats]) => stats && Object.values(stats).some((value) => typeof value === "number"));
  return (ofImage ?? withNumbers)?.[1] ?? {};
}
