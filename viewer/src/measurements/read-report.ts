/**
 * Measurements of a structured report, by whomever it was written.
 *
 * Source: DICOM PS3.16 TID 1410, 1411, 1501, 300, 320; groups are read by their content, not by who wrote them.
 */
import type { Dataset } from "../dicomweb/json-model";
import { newUid } from "../dicomweb/uids";
import * as codes from "../structured-report/codes";
import { type Code, isSame } from "../structured-report/codes";
import {
  type ContentItem,
  childCode,
  childOf,
  childText,
  codeOf,
  contentOf,
  itemsOf,
  numbersOf,
  textOf,
} from "../structured-report/content-item";
import { MANUFACTURER, MODEL, type Reference } from "../structured-report/document";
import { orderedOnImage } from "./ellipse-axes";
import type { ImagePoint, ImageReference, Kind, Measurement, PatientPoint, Place, Quantity } from "./measurement";

/** One report: what it is, what it replaces, what it holds. */
export interface Report {
  reference: Reference;
  instanceNumber: number;
  /** Content date and time, to be compared as text. */
  contentMoment: string;
  predecessors: readonly string[];
  isForeign: boolean;
  measurements: readonly Measurement[];
}

/** Return the report in a data set, or undefined for a document of another kind. */
export function readReport(dataset: Dataset): Report | undefined {
  const root = contentOf(dataset);
  const groups = measurementGroups(root);
  if (groups.length === 0 && !isSame(root.concept, codes.IMAGING_MEASUREMENT_REPORT)) return undefined;
  const isForeign =
    textOf(dataset, "Manufacturer") !== MANUFACTURER || textOf(dataset, "ManufacturerModelName") !== MODEL;
  const seriesOf = referencedSeries(dataset);
  const offset = textOf(dataset, "TimezoneOffsetFromUTC");
  const contentMoment = `${textOf(dataset, "ContentDate")}${textOf(dataset, "ContentTime")}`;
  const inherited = {
    observer: childText(root, codes.PERSON_OBSERVER_NAME, "PersonName"),
    observedAt: contentMoment + offset,
  };
  return {
    reference: {
      seriesUid: textOf(dataset, "SeriesInstanceUID"),
      sopClassUid: textOf(dataset, "SOPClassUID"),
      sopInstanceUid: textOf(dataset, "SOPInstanceUID"),
    },
    instanceNumber: numbersOf(dataset, "InstanceNumber")[0] ?? 0,
    contentMoment,
    predecessors: itemsOf(dataset, "PredecessorDocumentsSequence")
      .flatMap(instancesOf)
      .map(({ sopInstanceUid }) => sopInstanceUid),
    isForeign,
    measurements: groups.map((group) => measurementOf(group, { seriesOf, isForeign, ...inherited })),
  };
}

/** Return the reports that none of the others replaces, oldest first. */
export function currentReports(reports: readonly Report[]): Report[] {
  const replaced = new Set(reports.flatMap(({ predecessors }) => predecessors));
  return reports
    .filter(({ reference }) => !replaced.has(reference.sopInstanceUid))
    .sort((a, b) => (a.contentMoment < b.contentMoment ? -1 : a.contentMoment > b.contentMoment ? 1 : 0));
}

/** Return the measurements of all reports, each finding once: as the later observation has it. */
export function mergedMeasurements(reports: readonly Report[]): Measurement[] {
  const byFinding = new Map<string, Measurement>();
  for (const { measurements } of reports) {
    for (const measurement of measurements) {
      const known = byFinding.get(measurement.trackingUid);
      // A finding that another document shares becomes ours as soon as we have written it down.
      if (!known || known.isForeign || (!measurement.isForeign && measurement.observedAt >= known.observedAt)) {
        byFinding.set(measurement.trackingUid, measurement);
      }
    }
  }
  return [...byFinding.values()];
}

interface Context {
  seriesOf: ReadonlyMap<string, string>;
  isForeign: boolean;
  observer: string;
  observedAt: string;
}

function measurementGroups(item: ContentItem): ContentItem[] {
  if (isSame(item.concept, codes.MEASUREMENT_GROUP)) return [item];
  return item.children.flatMap(measurementGroups);
}

function measurementOf(group: ContentItem, context: Context): Measurement {
  const numbers = group.children.filter(({ valueType }) => valueType === "NUM");
  const quantities = numbers.flatMap(quantityOf);
  const shapes = shapesOf(group, numbers, context.seriesOf);
  const read = readShapes(shapes, quantities);
  return {
    kind: read?.kind,
    place: read?.place ?? segmentOf(group, context.seriesOf) ?? { on: "nothing" },
    isClosed: read?.isClosed ?? false,
    label: labelOf(group),
    finding: childCode(group, codes.FINDING),
    site: childCode(group, codes.FINDING_SITE),
    quantities,
    trackingId: childText(group, codes.TRACKING_IDENTIFIER),
    trackingUid: childText(group, codes.TRACKING_UID, "UID") || newUid(),
    observer: childText(group, codes.PERSON_OBSERVER_NAME, "PersonName") || context.observer,
    observedAt: textOf(group.dataset, "ObservationDateTime") || context.observedAt,
    isForeign: context.isForeign,
  };
}

/** Our own comment, or what the group says in words: evaluations with a text, or a finding in free text. */
function labelOf(group: ContentItem): string {
  const comment = childText(group, codes.COMMENT);
  if (comment) return comment;
  const texts = group.children.filter(
    ({ valueType, relationship }) => valueType === "TEXT" && relationship === "CONTAINS",
  );
  return texts.map(({ dataset }) => textOf(dataset, "TextValue")).join("; ");
}

function quantityOf(item: ContentItem): Quantity[] {
  const [measured] = itemsOf(item.dataset, "MeasuredValueSequence");
  const value = numbersOf(measured, "FloatingPointValue")[0] ?? numbersOf(measured, "NumericValue")[0];
  const unit = codeOf(measured, "MeasurementUnitsCodeSequence");
  if (value === undefined || !unit || !item.concept) return [];
  const derivation = childCode(item, codes.DERIVATION);
  return [{ concept: item.concept, ...(derivation ? { derivation } : {}), value, unit }];
}

/** Return the segment that a group is about. Source: PS3.16 TID 1411. */
function segmentOf(group: ContentItem, seriesOf: ReadonlyMap<string, string>): Place | undefined {
  const item = childOf(group, codes.REFERENCED_SEGMENT);
  const [reference] = itemsOf(item?.dataset, "ReferencedSOPSequence");
  const [number] = numbersOf(reference, "ReferencedSegmentNumber");
  if (!reference || number === undefined) return undefined;
  const sopInstanceUid = textOf(reference, "ReferencedSOPInstanceUID");
  const segment = {
    seriesUid: seriesOf.get(sopInstanceUid) ?? "",
    sopClassUid: textOf(reference, "ReferencedSOPClassUID"),
    sopInstanceUid,
    number,
    sourceSeriesUid: childText(group, codes.SOURCE_SERIES_OF_SEGMENT, "UID"),
  };
  return { on: "segment", segment, frameOfReferenceUid: undefined };
}

interface Shape {
  type: string;
  coordinates: readonly number[];
  concept: Code | undefined;
  place: { on: "image"; image: ImageReference } | { on: "space"; frameOfReferenceUid: string };
}

/** Return the graphics of a group: those it holds itself, or those its numbers were inferred from, each once. */
function shapesOf(group: ContentItem, numbers: readonly ContentItem[], seriesOf: ReadonlyMap<string, string>): Shape[] {
  const own = group.children
    .filter(({ relationship }) => relationship === "CONTAINS")
    .flatMap((item) => shapeOf(item, item.concept, seriesOf));
  const inferred = numbers.flatMap((number) =>
    number.children.flatMap((item) => shapeOf(item, number.concept, seriesOf)),
  );
  const found = own.length > 0 ? own : inferred;
  const known = new Set<string>();
  return found.filter(({ type, coordinates }) => {
    const key = `${type} ${coordinates}`;
    return known.has(key) ? false : known.add(key);
  });
}

function shapeOf(item: ContentItem, concept: Code | undefined, seriesOf: ReadonlyMap<string, string>): Shape[] {
  const { valueType, dataset } = item;
  const graphic = { type: textOf(dataset, "GraphicType"), coordinates: numbersOf(dataset, "GraphicData"), concept };
  if (valueType === "SCOORD3D") {
    const frameOfReferenceUid = textOf(dataset, "ReferencedFrameOfReferenceUID");
    return frameOfReferenceUid ? [{ ...graphic, place: { on: "space", frameOfReferenceUid } }] : [];
  }
  if (valueType !== "SCOORD") return [];
  const source = item.children.find((child) => child.valueType === "IMAGE");
  const [reference] = itemsOf(source?.dataset, "ReferencedSOPSequence");
  if (!reference) return [];
  const sopInstanceUid = textOf(reference, "ReferencedSOPInstanceUID");
  const frame = numbersOf(reference, "ReferencedFrameNumber")[0];
  const image: ImageReference = {
    seriesUid: seriesOf.get(sopInstanceUid) ?? "",
    sopClassUid: textOf(reference, "ReferencedSOPClassUID"),
    sopInstanceUid,
    frame: frame ?? 1,
    isMultiFrame: frame !== undefined,
  };
  return [{ ...graphic, place: { on: "image", image } }];
}

interface ReadShapes {
  kind: Kind;
  place: Place;
  isClosed: boolean;
}

type Point = readonly number[];

/** Return kind and points by graphic type and by what the numbers mean, or undefined for what no tool can draw. */
function readShapes(shapes: readonly Shape[], quantities: readonly Quantity[]): ReadShapes | undefined {
  const [first, second] = shapes;
  if (!first) return undefined;
  const has = (concept: Code) => quantities.some((quantity) => isSame(quantity.concept, concept));
  const points = pointsOf(first);
  const as = (kind: Kind, ordered: readonly Point[], isClosed = false) => ({
    kind,
    place: placeOf(first, kind, ordered),
    isClosed,
  });
  if (second) {
    const other = pointsOf(second);
    if (shapes.length !== 2 || points.length !== 2 || other.length !== 2) return undefined;
    if (has(codes.COBB_ANGLE) || has(codes.ANGLE)) return as("CobbAngle", [...points, ...other]);
    // The long axis comes first, whatever the order in the document.
    const isSwapped = isSame(first.concept, codes.SHORT_AXIS) || isSame(second.concept, codes.LONG_AXIS);
    return as("Bidirectional", isSwapped ? [...other, ...points] : [...points, ...other]);
  }
  switch (first.type) {
    case "POINT":
      return points.length === 1 ? as("Probe", points) : undefined;
    case "ELLIPSE":
      return points.length === 4 ? as("EllipticalROI", points) : undefined;
    case "CIRCLE":
      return first.place.on === "image" && points.length === 2 ? as("EllipticalROI", circleAxes(points)) : undefined;
    case "POLYLINE":
    case "POLYGON":
      return readLine(first, points, has, as);
    default:
      return undefined;
  }
}

function readLine(
  shape: Shape,
  points: readonly Point[],
  has: (concept: Code) => boolean,
  as: (kind: Kind, ordered: readonly Point[], isClosed?: boolean) => ReadShapes,
): ReadShapes | undefined {
  const isRepeated = points.length > 3 && String(points[0]) === String(points.at(-1));
  if (isRepeated || shape.type === "POLYGON") {
    const corners = isRepeated ? points.slice(0, -1) : points;
    const [a, b, c, d] = corners;
    const isRectangle = corners.length === 4 && a && b && c && d && isRightAngled(a, b, c, d);
    return isRectangle ? as("RectangleROI", [a, b, d, c]) : as("PlanarFreehandROI", corners, true);
  }
  if (points.length === 4 && has(codes.COBB_ANGLE)) return as("CobbAngle", points);
  if (points.length === 3 && has(codes.ANGLE)) return as("Angle", points);
  if (points.length === 2)
    return as(has(codes.LENGTH) || has(codes.LONG_AXIS) || has(DISTANCE) ? "Length" : "ArrowAnnotate", points);
  return points.length > 2 ? as("PlanarFreehandROI", points) : undefined;
}

const DISTANCE = codes.code("121206", "DCM", "Distance");

function pointsOf({ coordinates, place }: Shape): Point[] {
  const n = place.on === "image" ? 2 : 3;
  return Array.from({ length: Math.floor(coordinates.length / n) }, (_, at) => coordinates.slice(at * n, at * n + n));
}

function placeOf({ place }: Shape, kind: Kind, points: readonly Point[]): Place {
  if (place.on === "space") return { ...place, points_mm: points as readonly PatientPoint[] };
  const given = points as readonly ImagePoint[];
  return {
    ...place,
    points_px: kind === "EllipticalROI" ? orderedOnImage(given) : given,
    points_mm: undefined,
    frameOfReferenceUid: undefined,
  };
}

/** Return the ends of two axes of a circle that is given by its centre and a point on it. */
function circleAxes(points: readonly Point[]): Point[] {
  const [[x = 0, y = 0] = [], [onX = 0, onY = 0] = []] = points;
  const radius = Math.hypot(onX - x, onY - y);
  return [
    [x, y + radius],
    [x, y - radius],
    [x - radius, y],
    [x + radius, y],
  ].map((point) => point.map(Math.fround));
}

/** Whether the four are corners of a rectangle: both diagonals start, meet and end alike, to single precision. */
function isRightAngled(a: Point, b: Point, c: Point, d: Point): boolean {
  const size = Math.max(...a.map((value, axis) => Math.abs(value - (c[axis] ?? 0))));
  const isSameCentre = a.every(
    (value, axis) => Math.abs(value + (c[axis] ?? 0) - (b[axis] ?? 0) - (d[axis] ?? 0)) <= 1e-4 * size,
  );
  const length = (p: Point, q: Point) => Math.hypot(...p.map((value, axis) => value - (q[axis] ?? 0)));
  return size > 0 && isSameCentre && Math.abs(length(a, c) - length(b, d)) <= 1e-4 * length(a, c);
}

function referencedSeries(dataset: Dataset): Map<string, string> {
  const evidence = itemsOf(dataset, "CurrentRequestedProcedureEvidenceSequence");
  return new Map(evidence.flatMap(instancesOf).map(({ sopInstanceUid, seriesUid }) => [sopInstanceUid, seriesUid]));
}

function instancesOf(study: Dataset): Reference[] {
  return itemsOf(study, "ReferencedSeriesSequence").flatMap((series) =>
    itemsOf(series, "ReferencedSOPSequence").map((item) => ({
      seriesUid: textOf(series, "SeriesInstanceUID"),
      sopClassUid: textOf(item, "ReferencedSOPClassUID"),
      sopInstanceUid: textOf(item, "ReferencedSOPInstanceUID"),
    })),
  );
}
