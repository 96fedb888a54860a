/**
 * Segments and their pixels as a binary segmentation object.
 *
 * Binary and uncompressed, because everybody reads that: one frame for each segment on each image that it marks.
 * Source: DICOM PS3.3 sec. A.51, C.8.20 (Segmentation), C.7.6.16 and C.7.6.17 (functional groups, dimensions).
 */
import { datasetOf, inTagOrder } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import type { StudyImage } from "../measurements/study-images";
import { code, codeItem } from "../structured-report/codes";
import { decimalString } from "../structured-report/decimal-string";
import { contentMoment, newObject, type Reference, sopItem } from "../structured-report/document";
import { packedLength, packInto } from "./bits";
import { SEGMENTATION } from "./read-segmentation";
import type { Segment } from "./segment";

/** Labels of one series: a frame for each of its images, in the order of reading. */
export interface LabelledImages {
  images: readonly StudyImage[];
  rows: number;
  columns: number;
  labels: readonly Uint8Array[];
  /** Return which labels an image has. */
  labelsOn(image: number): ReadonlySet<number>;
}

export interface SegmentationContext {
  sopInstanceUid: string;
  seriesUid: string;
  instanceNumber: number;
  name: string;
  creator: string;
  /** What this object takes the place of. */
  predecessors: readonly Reference[];
  /** Distance of the images, mm; undefined where it is not known. */
  thickness_mm: number | undefined;
  studyUid: string;
  dimensionUid: string;
  moment: Date;
}

export interface WrittenSegmentation {
  dataset: Dataset;
  pixels: Uint8Array<ArrayBuffer>;
}

const SEGMENTATION_DERIVATION = code("113076", "DCM", "Segmentation");
const SOURCE_IMAGE = code("121322", "DCM", "Source image for image processing operation");

interface Marked {
  segment: Segment;
  image: number;
}

export function segmentationObject(
  segments: readonly Segment[],
  labelled: LabelledImages,
  context: SegmentationContext,
): WrittenSegmentation {
  const { images, rows, columns } = labelled;
  const marked = framesOf(segments, labelled);
  const first = sure(images[0], "A segmentation needs an image that it lies on.");
  const isPlaced = images.every(({ frameOfReferenceUid }) => frameOfReferenceUid === first.frameOfReferenceUid);
  const frameOfReferenceUid = isPlaced ? first.frameOfReferenceUid : undefined;
  const hasOneOrientation = frameOfReferenceUid !== undefined && images.every((one) => isParallel(one, first));
  const series = {
    modality: "SEG",
    seriesUid: context.seriesUid,
    seriesNumber: 9903,
    seriesDescription: context.name,
    instanceNumber: context.instanceNumber,
  };
  const used = [...new Set(marked.map(({ image }) => image))].sort((a, b) => a - b);
  const positionIndex = new Map(used.map((image, index) => [image, index + 1]));
  const dataset = inTagOrder({
    ...newObject(SEGMENTATION, context.sopInstanceUid, first.frame.dataset, series, context.moment),
    ...datasetOf({
      ...contentMoment(context.moment),
      ImageType: ["DERIVED", "PRIMARY"],
      Laterality: undefined,
      ReferencedSeriesSequence: datasetOf({
        ReferencedInstanceSequence: instancesOf(used.map((image) => sure(images[image]))),
        SeriesInstanceUID: first.reference.seriesUid,
      }),
      PredecessorDocumentsSequence: predecessorsOf(context),
      FrameOfReferenceUID: frameOfReferenceUid,
      PositionReferenceIndicator: frameOfReferenceUid && "",
      ...dimensions(context.dimensionUid, frameOfReferenceUid !== undefined),
      SamplesPerPixel: 1,
      PhotometricInterpretation: "MONOCHROME2",
      NumberOfFrames: marked.length,
      Rows: rows,
      Columns: columns,
      BitsAllocated: 1,
      BitsStored: 1,
      HighBit: 0,
      PixelRepresentation: 0,
      LossyImageCompression: "00",
      SegmentationType: "BINARY",
      SegmentsOverlap: "NO",
      SegmentSequence: segments.map(segmentItem),
      ContentLabel: "SEGMENTATION",
      ContentDescription: context.name,
      ContentCreatorName: context.creator,
      SharedFunctionalGroupsSequence: datasetOf({
        ...(frameOfReferenceUid ? { PixelMeasuresSequence: measures(first, context.thickness_mm) } : {}),
        ...(hasOneOrientation ? { PlaneOrientationSequence: orientation(first) } : {}),
      }),
      PerFrameFunctionalGroupsSequence: marked.map(({ segment, image }) => {
        const one = sure(images[image]);
        return datasetOf({
          DerivationImageSequence: derivation(one),
          FrameContentSequence: datasetOf({
            ...(frameOfReferenceUid ? {} : { StackID: "1", InStackPositionNumber: image + 1 }),
            DimensionIndexValues: [segments.indexOf(segment) + 1, sure(positionIndex.get(image))],
          }),
          ...(frameOfReferenceUid ? { PlanePositionSequence: position(one) } : {}),
          ...(frameOfReferenceUid && !hasOneOrientation ? { PlaneOrientationSequence: orientation(one) } : {}),
          SegmentIdentificationSequence: datasetOf({ ReferencedSegmentNumber: segment.label }),
        });
      }),
    }),
  });
  return { dataset, pixels: pixelsOf(marked, labelled) };
}

/** Return what is marked, segment by segment; nothing at all is an empty frame, because an object has at least one. */
function framesOf(segments: readonly Segment[], { images, labelsOn }: LabelledImages): Marked[] {
  const present = images.map((_, image) => labelsOn(image));
  const marked = segments.flatMap((segment) =>
    present.flatMap((found, image) => (found.has(segment.label) ? [{ segment, image }] : [])),
  );
  if (marked.length > 0) return marked;
  return [{ segment: sure(segments[0], "A segmentation needs a segment."), image: 0 }];
}

function pixelsOf(marked: readonly Marked[], { rows, columns, labels }: LabelledImages): Uint8Array<ArrayBuffer> {
  const nBits = rows * columns;
  const packed = new Uint8Array(packedLength(marked.length * nBits));
  for (const [index, { segment, image }] of marked.entries()) {
    packInto(packed, index * nBits, sure(labels[image]), segment.label);
  }
  return packed;
}

function dimensions(uid: string, isPlaced: boolean) {
  const index = (pointer: string, group: string, label: string) =>
    datasetOf({
      DimensionOrganizationUID: uid,
      DimensionIndexPointer: pointer,
      FunctionalGroupPointer: group,
      DimensionDescriptionLabel: label,
    });
  return {
    DimensionOrganizationSequence: datasetOf({ DimensionOrganizationUID: uid }),
    DimensionIndexSequence: [
      index("0062000B", "0062000A", "Segment Number"),
      isPlaced
        ? index("00200032", "00209113", "Image Position Patient")
        : index("00209057", "00209111", "In-Stack Position Number"),
    ],
  };
}

function segmentItem(segment: Segment): Dataset {
  const modifiers = segment.modifiers.map(codeItem);
  const type = {
    ...codeItem(segment.type),
    ...datasetOf({ SegmentedPropertyTypeModifierCodeSequence: modifiers.length > 0 ? modifiers : undefined }),
  };
  return datasetOf({
    SegmentNumber: segment.label,
    SegmentLabel: segment.name.slice(0, 64),
    SegmentAlgorithmType: segment.algorithm,
    SegmentAlgorithmName: segment.algorithm === "MANUAL" ? undefined : segment.algorithmName.slice(0, 64),
    SegmentedPropertyCategoryCodeSequence: codeItem(segment.category),
    SegmentedPropertyTypeCodeSequence: inTagOrder(type),
    RecommendedDisplayCIELabValue: [...segment.colour],
    TrackingID: segment.trackingId || undefined,
    TrackingUID: segment.trackingUid || undefined,
  });
}

function instancesOf(images: readonly StudyImage[]): Dataset[] {
  const byUid = new Map(images.map(({ reference }) => [reference.sopInstanceUid, sopItem(reference)]));
  return [...byUid.values()];
}

function predecessorsOf({ predecessors, studyUid }: SegmentationContext): Dataset | undefined {
  if (predecessors.length === 0) return undefined;
  return datasetOf({
    ReferencedSeriesSequence: predecessors.map((reference) =>
      datasetOf({ ReferencedSOPSequence: sopItem(reference), SeriesInstanceUID: reference.seriesUid }),
    ),
    StudyInstanceUID: studyUid,
  });
}

function measures({ geometry }: StudyImage, thickness_mm: number | undefined): Dataset {
  return datasetOf({
    SliceThickness: decimalString(thickness_mm ?? 1),
    PixelSpacing: [decimalString(geometry.rowSpacing_mm), decimalString(geometry.columnSpacing_mm)],
  });
}

function orientation({ geometry }: StudyImage): Dataset {
  return datasetOf({
    ImageOrientationPatient: [...geometry.alongRow, ...geometry.alongColumn].map(decimalString),
  });
}

function position({ geometry }: StudyImage): Dataset {
  return datasetOf({ ImagePositionPatient: geometry.position_mm.map(decimalString) });
}

function derivation({ reference }: StudyImage): Dataset {
  return datasetOf({
    SourceImageSequence: {
      ...sopItem(reference),
      ...datasetOf({
        ReferencedFrameNumber: reference.isMultiFrame ? reference.frame : undefined,
        SpatialLocationsPreserved: "YES",
        PurposeOfReferenceCodeSequence: codeItem(SOURCE_IMAGE),
      }),
    },
    DerivationCodeSequence: codeItem(SEGMENTATION_DERIVATION),
  });
}

function isParallel(a: StudyImage, b: StudyImage): boolean {
  const axes = ({ geometry }: StudyImage) => [...geometry.alongRow, ...geometry.alongColumn];
  const other = axes(b);
  return axes(a).every((value, index) => value === other[index]);
}

function sure<T>(value: T | undefined, message = "The frames of this segmentation were counted and are gone."): T {
  if (value === undefined) throw new Error(message);
  return value;
}
