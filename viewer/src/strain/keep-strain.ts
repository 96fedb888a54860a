/** Strain as measurements of the study: the whole wall and each segment that was followed, where they lie at end-diastole. */
import { newUid } from "../dicomweb/uids";
import { type ImageGeometry, toPatient } from "../measurements/image-geometry";
import type { ImagePoint, Measurement, Place, Quantity } from "../measurements/measurement";
import type { StudyImage } from "../measurements/study-images";
import { type Code, ucum } from "../structured-report/codes";
import {
  GLOBAL_STRAIN,
  LEFT_VENTRICLE,
  PEAK_STRAIN,
  type Segment,
  segmentsOf,
  siteOf,
  type ViewName,
} from "./segments";
import type { PixelPoint, Strain } from "./strain-api";

const PERCENT = ucum("%", "percent");
/** Of the points along the wall so many are kept: the line of a person has no more. */
const EVERY = 5;

interface Authorship {
  observer: string;
  observedAt: string;
}

/** `image` is that of end-diastole; `nameOf` says a view and a segment to people. */
export function measurementsOfStrain(
  found: Strain,
  view: ViewName,
  image: StudyImage,
  nameOf: (segment: Segment | undefined) => string,
  { observer, observedAt }: Authorship,
): Measurement[] {
  const wall = found.tracks_px[0] ?? [];
  const perSegment = (wall.length - 1) / found.segments.length;
  const made = (
    points: readonly PixelPoint[],
    label: string,
    site: Code,
    concept: Code,
    value: number,
  ): Measurement => ({
    kind: "PlanarFreehandROI",
    place: placeOf(points, image),
    isClosed: false,
    label,
    finding: undefined,
    site,
    quantities: [{ concept, value, unit: PERCENT } satisfies Quantity],
    trackingId: label,
    trackingUid: newUid(),
    observer,
    observedAt,
    isForeign: false,
  });
  const whole = found.global
    ? [made(wall, nameOf(undefined), LEFT_VENTRICLE, GLOBAL_STRAIN[view], found.global.peak)]
    : [];
  const segments = segmentsOf(view).flatMap((segment, index) => {
    const strain = found.segments[index]?.strain;
    if (!strain) return [];
    const piece = wall.slice(index * perSegment, (index + 1) * perSegment + 1);
    return [made(piece, nameOf(segment), siteOf(segment), PEAK_STRAIN, strain.peak)];
  });
  return [...whole, ...segments];
}

function placeOf(points: readonly PixelPoint[], { reference, geometry, frameOfReferenceUid }: StudyImage): Place {
  const kept = points.filter((_, index) => index % EVERY === 0);
  const points_px = kept.map(([column, row]): ImagePoint => [Math.fround(column + 0.5), Math.fround(row + 0.5)]);
  const inPatient = (of: ImageGeometry) => points_px.map((point) => toPatient(of, point));
  return {
    on: "image",
    image: reference,
    points_px,
    points_mm: frameOfReferenceUid ? inPatient(geometry) : undefined,
    frameOfReferenceUid,
  };
}
