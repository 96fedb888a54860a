/**
 * Measurements as a DICOM structured report.
 *
 * Source: DICOM PS3.16 TID 1500 (Measurement Report), 1410 (Planar ROI), 1411 (Volumetric ROI), 1501 (Measurement Group), 300 (Measurement),
 * 320 (coordinates), 1601 (Image Library); PS3.3 sec. A.35.3 (Comprehensive SR), A.35.13 (Comprehensive 3D SR).
 */
import { datasetOf } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import * as codes from "../structured-report/codes";
import { codeItem } from "../structured-report/codes";
import {
  codeContent,
  container,
  contentItem,
  type Relationship,
  template,
  textContent,
} from "../structured-report/content-item";
import { decimalString } from "../structured-report/decimal-string";
import { contentMoment, evidence, newObject, type Reference, sopItem } from "../structured-report/document";
import { longAxisFirst } from "./ellipse-axes";
import type { ImageReference, Kind, Measurement, Place, Quantity, SegmentReference } from "./measurement";

export const COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33";
export const COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34";
export const SERIES_NUMBER = 9900;
export const SERIES_DESCRIPTION = "Measurements";

export interface ReportContext {
  sopInstanceUid: string;
  seriesUid: string;
  instanceNumber: number;
  /** Any image of the study: its patient and study are those of the report. */
  image: Dataset;
  studyUid: string;
  /** Documents that this one takes the place of. */
  predecessors: readonly Reference[];
  /** Person name of who saves. */
  observer: string;
  moment: Date;
}

/** Return the report as a data set in the DICOM JSON model. */
export function reportOf(measurements: readonly Measurement[], context: ReportContext): Dataset {
  const drawn = measurements.filter(isKept);
  const images = imagesOf(drawn);
  const segmentations = drawn.flatMap(({ place }) => (place.on === "segment" ? [place.segment] : []));
  const isInSpace = drawn.some(({ place }) => place.on === "space");
  const { sopInstanceUid, image, moment, studyUid, predecessors } = context;
  const series = {
    modality: "SR",
    seriesUid: context.seriesUid,
    seriesNumber: SERIES_NUMBER,
    seriesDescription: SERIES_DESCRIPTION,
    instanceNumber: context.instanceNumber,
  };
  return {
    ...newObject(isInSpace ? COMPREHENSIVE_3D_SR : COMPREHENSIVE_SR, sopInstanceUid, image, series, moment),
    ...datasetOf({
      ...contentMoment(moment),
      ReferencedPerformedProcedureStepSequence: [],
      PredecessorDocumentsSequence: predecessors.length > 0 ? evidence(studyUid, predecessors) : undefined,
      PerformedProcedureCodeSequence: [],
      CurrentRequestedProcedureEvidenceSequence:
        images.length + segmentations.length > 0 ? evidence(studyUid, [...images, ...segmentations]) : undefined,
      CompletionFlag: "PARTIAL",
      VerificationFlag: "UNVERIFIED",
      ValueType: "CONTAINER",
      ConceptNameCodeSequence: codeItem(codes.IMAGING_MEASUREMENT_REPORT),
      ContinuityOfContent: "SEPARATE",
      ...template("1500"),
      ContentSequence: [
        codeContent("HAS CONCEPT MOD", codes.LANGUAGE, codes.ENGLISH),
        ...observer(context.observer),
        codeContent("HAS CONCEPT MOD", codes.PROCEDURE_REPORTED, codes.IMAGING_PROCEDURE),
        ...(images.length > 0 ? [library(images)] : []),
        container(
          "CONTAINS",
          codes.IMAGING_MEASUREMENTS,
          drawn.map((one) => group(one, context.observer)),
        ),
      ],
    }),
  };
}

/** Whether a report can say where it was measured. */
function isKept({ kind, place }: Measurement): boolean {
  return place.on === "segment" || (kind !== undefined && place.on !== "nothing");
}

function imagesOf(measurements: readonly Measurement[]): ImageReference[] {
  const byInstance = new Map<string, ImageReference>();
  for (const { place } of measurements)
    if (place.on === "image") byInstance.set(place.image.sopInstanceUid, place.image);
  return [...byInstance.values()];
}

function observer(name: string): Dataset[] {
  if (!name) return [];
  return [
    codeContent("HAS OBS CONTEXT", codes.OBSERVER_TYPE, codes.PERSON),
    contentItem("HAS OBS CONTEXT", "PNAME", codes.PERSON_OBSERVER_NAME, { PersonName: name }),
  ];
}

function library(images: readonly ImageReference[]): Dataset {
  const entries = images.map((image) =>
    contentItem("CONTAINS", "IMAGE", undefined, { ReferencedSOPSequence: sopItem(image) }),
  );
  return container("CONTAINS", codes.IMAGE_LIBRARY, [container("CONTAINS", codes.IMAGE_LIBRARY_GROUP, entries)]);
}

/** Kinds that are a region whose pixels were measured (TID 1410); the others are measurements between points (1501). */
const REGIONS: ReadonlySet<Kind> = new Set<Kind>([
  "EllipticalROI",
  "RectangleROI",
  "PlanarFreehandROI",
  "Probe",
  "ArrowAnnotate",
]);

/** Who observed is said where it is someone else than who saves the report. */
function group(measurement: Measurement, reporter: string): Dataset {
  const { kind, place, finding, site, label, quantities } = measurement;
  const isRegion = kind !== undefined && REGIONS.has(kind);
  const shapes = shapesOf(measurement);
  const source =
    place.on === "image" && !isRegion ? [imageItem("CONTAINS", place.image, codes.SOURCE_OF_MEASUREMENT)] : [];
  return container(
    "CONTAINS",
    codes.MEASUREMENT_GROUP,
    [
      textContent("HAS OBS CONTEXT", codes.TRACKING_IDENTIFIER, measurement.trackingId),
      contentItem("HAS OBS CONTEXT", "UIDREF", codes.TRACKING_UID, { UID: measurement.trackingUid }),
      ...observer(measurement.observer === reporter ? "" : measurement.observer),
      ...(finding ? [codeContent("CONTAINS", codes.FINDING, finding)] : []),
      ...(site ? [codeContent("HAS CONCEPT MOD", codes.FINDING_SITE, site)] : []),
      ...source,
      ...(place.on === "segment" ? segmentItems(place.segment) : []),
      ...(isRegion ? shapes.map((shape) => coordinates("CONTAINS", codes.IMAGE_REGION, shape, place)) : []),
      ...quantities.map((quantity, index) =>
        numeric(quantity, isRegion ? [] : shapesOfQuantity(measurement, shapes, index), place),
      ),
      ...(label ? [textContent("CONTAINS", codes.COMMENT, label)] : []),
    ],
    {
      ObservationDateTime: measurement.observedAt || undefined,
      ...template(place.on === "segment" ? "1411" : isRegion ? "1410" : "1501"),
    },
  );
}

function segmentItems({ sopClassUid, sopInstanceUid, number, sourceSeriesUid }: SegmentReference): Dataset[] {
  const reference = datasetOf({
    ReferencedSOPClassUID: sopClassUid,
    ReferencedSOPInstanceUID: sopInstanceUid,
    ReferencedSegmentNumber: number,
  });
  return [
    contentItem("CONTAINS", "IMAGE", codes.REFERENCED_SEGMENT, { ReferencedSOPSequence: reference }),
    contentItem("CONTAINS", "UIDREF", codes.SOURCE_SERIES_OF_SEGMENT, { UID: sourceSeriesUid }),
  ];
}

interface Shape {
  type: string;
  points: readonly (readonly number[])[];
}

/** Return the graphics of a measurement. Source: PS3.3 sec. C.18.6 (SCOORD), C.18.9 (SCOORD3D). */
export function shapesOf({ kind, place, isClosed }: Measurement): Shape[] {
  if (!kind || place.on === "nothing" || place.on === "segment") return [];
  const points: readonly (readonly number[])[] = place.on === "image" ? place.points_px : place.points_mm;
  const closed = place.on === "image" ? "POLYLINE" : "POLYGON";
  const [a, b, c, d] = points;
  switch (kind) {
    case "Bidirectional":
    case "CobbAngle":
      return [
        { type: "POLYLINE", points: points.slice(0, 2) },
        { type: "POLYLINE", points: points.slice(2, 4) },
      ];
    case "EllipticalROI":
      return [{ type: "ELLIPSE", points: longAxisFirst(points) }];
    case "RectangleROI":
      return a && b && c && d ? [{ type: closed, points: [a, b, d, c, a] }] : [];
    case "PlanarFreehandROI":
      return isClosed && a ? [{ type: closed, points: [...points, a] }] : [{ type: "POLYLINE", points }];
    case "Probe":
      return [{ type: "POINT", points: points.slice(0, 1) }];
    default:
      return [{ type: "POLYLINE", points }];
  }
}

/** A bidirectional measurement has one line for each of its numbers; others have all lines under each number. */
function shapesOfQuantity({ kind }: Measurement, shapes: readonly Shape[], index: number): readonly Shape[] {
  return kind === "Bidirectional" ? shapes.slice(index, index + 1) : shapes;
}

function numeric(quantity: Quantity, shapes: readonly Shape[], place: Place): Dataset {
  const { concept, derivation, unit, value } = quantity;
  const measured = datasetOf({
    MeasurementUnitsCodeSequence: codeItem(unit),
    FloatingPointValue: value,
    NumericValue: decimalString(value),
  });
  return contentItem("CONTAINS", "NUM", concept, { MeasuredValueSequence: measured }, [
    ...(derivation ? [codeContent("HAS CONCEPT MOD", codes.DERIVATION, derivation)] : []),
    ...shapes.map((shape) => coordinates("INFERRED FROM", undefined, shape, place)),
  ]);
}

function coordinates(
  relationship: Relationship,
  concept: codes.Code | undefined,
  { type, points }: Shape,
  place: Place,
): Dataset {
  const graphic = { GraphicData: points.flat(), GraphicType: type };
  if (place.on !== "image") {
    const frameOfReferenceUid = place.on === "space" ? place.frameOfReferenceUid : undefined;
    return contentItem(relationship, "SCOORD3D", concept, {
      ...graphic,
      ReferencedFrameOfReferenceUID: frameOfReferenceUid,
    });
  }
  return contentItem(relationship, "SCOORD", concept, graphic, [imageItem("SELECTED FROM", place.image)]);
}

function imageItem(relationship: Relationship, image: ImageReference, concept?: codes.Code): Dataset {
  const reference = datasetOf({
    ReferencedSOPClassUID: image.sopClassUid,
    ReferencedSOPInstanceUID: image.sopInstanceUid,
    ReferencedFrameNumber: image.isMultiFrame ? image.frame : undefined,
  });
  return contentItem(relationship, "IMAGE", concept, { ReferencedSOPSequence: reference });
}
