/** What Cornerstone's tools draw for a measurement. */
import type { Types } from "@cornerstonejs/tools";
import { cross, minus, norm } from "../overlays/vectors";
import { DISTANCE_3D } from "../tools/distance-3d";
import { toPatient } from "./image-geometry";
import type { Kind, Measurement, PatientPoint } from "./measurement";
import { statsOf } from "./statistics";
import type { StudyImage } from "./study-images";

type Point = [number, number, number];
type Handles = NonNullable<Types.Annotation["data"]["handles"]>;

/**
 * Return the annotation, or undefined for a measurement that cannot be drawn, or whose image is not (yet) known.
 * `image` is the one that it is drawn on; of a measurement in space the one in whose slice it lies, if there is any.
 */
export function annotationOf(measurement: Measurement, image: StudyImage | undefined): Types.Annotation | undefined {
  const { kind, place } = measurement;
  if (!kind || place.on === "nothing" || place.on === "segment" || (place.on === "image" && !image)) return undefined;
  const points = patientPoints(measurement, image).map((point): Point => [...point]);
  const onImage = image;
  const normal = normalOf(points, onImage);
  return {
    annotationUID: measurement.trackingUid,
    highlighted: false,
    invalidated: false,
    isLocked: measurement.isForeign,
    isVisible: true,
    metadata: {
      // A length in space has no image of its own: the tool that shows it in every picture draws it.
      toolName: kind === "Length" && !onImage ? DISTANCE_3D : kind,
      FrameOfReferenceUID: (onImage ? onImage.shownFrameOfReferenceUid : place.frameOfReferenceUid) as string,
      ...(normal ? { viewPlaneNormal: normal } : {}),
      ...(onImage ? { referencedImageId: onImage.imageId, viewUp: upOf(onImage) } : {}),
    },
    data: {
      label: measurement.label,
      handles: handlesOf(kind, measurement.isClosed, points),
      cachedStats: onImage
        ? { [`imageId:${onImage.imageId}`]: { ...statsOf(kind, measurement.quantities, onImage), ...arcsOf(kind) } }
        : {},
      ...(kind === "PlanarFreehandROI" ? { contour: { polyline: points, closed: measurement.isClosed } } : {}),
    },
  };
}

/** Return the points in the frame in which the image is shown. */
export function patientPoints({ place }: Measurement, image: StudyImage | undefined): PatientPoint[] {
  if (place.on === "space") return [...place.points_mm];
  return place.on === "image" && image ? place.points_px.map((point) => toPatient(image.geometry, point)) : [];
}

function handlesOf(kind: Kind, isClosed: boolean, points: readonly Point[]): Handles {
  const ends = [points[0], points.at(-1)].filter((point) => point !== undefined).map((point): Point => [...point]);
  const copies = points.map((point): Point => [...point]);
  const shown = kind === "PlanarFreehandROI" ? (isClosed ? [] : ends) : copies;
  const origin = (): Point => [0, 0, 0];
  return {
    points: shown,
    activeHandleIndex: null,
    ...(kind === "ArrowAnnotate" ? { arrowFirst: true } : {}),
    textBox: {
      hasMoved: false,
      worldPosition: origin(),
      worldBoundingBox: { topLeft: origin(), topRight: origin(), bottomLeft: origin(), bottomRight: origin() },
    },
  };
}

/** The Cobb tool looks for the arcs in its statistics, though it draws them only where that is asked for. */
function arcsOf(kind: Kind) {
  return kind === "CobbAngle" ? { points: { world: {}, canvas: {} } } : {};
}

function upOf({ geometry }: StudyImage): Point {
  const [x, y, z] = geometry.alongColumn;
  return [-x, -y, -z];
}

function normalOf(points: readonly Point[], image: StudyImage | undefined): Point | undefined {
  if (image) return [...cross(image.geometry.alongRow, image.geometry.alongColumn)] as Point;
  const [a, b, c] = points;
  if (!a || !b || !c) return undefined;
  const normal = cross(minus(b, a), minus(c, a));
  const length = norm(normal);
  return length > 0 ? (normal.map((value) => value / length) as Point) : undefined;
}
