/**
 * Segments and their pixels as a segmentation object, uncompressed.
 *
 * Binary, because everybody reads that: one frame for each segment on each image that it marks. Or a label map: one
 * frame for each image that is marked, whose pixels say which segment they belong to.
 * Source: DICOM PS3.3 sec. A.51, A.90 (label map), C.8.20 (Segmentation), C.7.6.16 and C.7.6.17 (functional groups,
 * dimensions).
 */
import { datasetOf, inTagOrder } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import type { StudyImage } from "../measurements/study-images";
import { code, codeItem } from "../structured-report/codes";
import { decimalString } from "../structured-report/decimal-string";
import { contentMoment, newObject, type Reference, sopItem } from "../structured-report/document";
import { packedLength, packInto } from "./bits";
import { LABEL_MAP_SEGMENTATION, SEGMENTATION } from "./read-segmentation";
import type { Segment } from "./segment";

/** How pixels are kept. */
export type Form = "BINARY" | "LABELMAP";

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
  form: Form;
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

/** What pixels without a segment are. Source: DICOM PS3.16 (DCM 125040), PS3.3 sec. C.8.20.2 (Segment Number 0). */
const BACKGROUND = code("125040", "DCM", "Background");

interface Marked {
  /** Undefined in a label map, whose pixels say it. */
  segment: Segment | undefined;
  image: number;
}

export function segmentationObject(
  segments: readonly Segment[],
  labelled: LabelledImages,
  context: SegmentationContext,
): WrittenSegmentation {
  const { images, rows, columns } = labelled;
  const isLabelMap = context.form === "LABELMAP";
  const marked = isLabelMap ? imagesWithMarks(labelled) : framesOf(segments, labelled);
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
    ...newObject(
      isLabelMap ? LABEL_MAP_SEGMENTATION : SEGMENTATION,
      context.sopInstanceUid,
      first.frame.dataset,
      series,
      context.moment,
    ),
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
      ...dimensions(context.dimensionUid, frameOfReferenceUid !== undefined, isLabelMap),
      SamplesPerPixel: 1,
      PhotometricInterpretation: "MONOCHROME2",
      NumberOfFrames: marked.length,
      Rows: rows,
      Columns: columns,
      BitsAllocated: isLabelMap ? 8 : 1,
      BitsStored: isLabelMap ? 8 : 1,
      HighBit: isLabelMap ? 7 : 0,
      PixelRepresentation: 0,
      PixelPaddingValue: isLabelMap ? 0 : undefined,
      LossyImageCompression: "00",
      SegmentationType: context.form,
      SegmentsOverlap: "NO",
      SegmentSequence: [...(isLabelMap ? [backgroundItem()] : []), ...segments.map(segmentItem)],
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
            DimensionIndexValues: [...(segment ? [segments.indexOf(segment) + 1] : []), sure(positionIndex.get(image))],
          }),
          ...(frameOfReferenceUid ? { PlanePositionSequence: position(one) } : {}),
          ...(frameOfReferenceUid && !hasOneOrientation ? { PlaneOrientationSequence: orientation(one) } : {}),
          SegmentIdentificationSequence: segment && datasetOf({ ReferencedSegmentNumber: segment.label }),
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

/** Return the images that have any mark; nothing at all is an empty frame. */
function imagesWithMarks({ images, labelsOn }: LabelledImages): Marked[] {
  const found = images.flatMap((_, image) => (labelsOn(image).size > 0 ? [{ segment: undefined, image }] : []));
  return found.length > 0 ? found : [{ segment: undefined, image: 0 }];
}

function pixelsOf(marked: readonly Marked[], { rows, columns, labels }: LabelledImages): Uint8Array<ArrayBuffer> {
  const nPixels = rows * columns;
  const isLabelMap = marked[0]?.segment === undefined;
  const nBytes = isLabelMap ? marked.length * nPixels : 0;
  const packed = new Uint8Array(isLabelMap ? nBytes + (nBytes % 2) : packedLength(marked.length * nPixels));
  for (const [index, { segment, image }] of marked.entries()) {
    if (segment) packInto(packed, index * nPixels, sure(labels[image]), segment.label);
    else packed.set(sure(labels[image]), index * nPixels);
  }
  return packed;
}

function dimensions(uid: string, isPlaced: boolean, isLabelMap: boolean) {
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
      ...(isLabelMap ? [] : [index("0062000B", "0062000A", "Segment Number")]),
      isPlaced
        ? index("00200032", "00209113", "Image Position Patient")
        : index("00209057", "00209111", "In-Stack Position Number"),
    ],
  };
}

function backgroundItem(): Dataset {
  return datasetOf({
    SegmentNumber: 0,
    SegmentLabel: BACKGROUND.meaning,
    SegmentAlgorithmType: "MANUAL",
    SegmentedPropertyCategoryCodeSequence: codeItem(BACKGROUND),
    SegmentedPropertyTypeCodeSequence: codeItem(BACKGROUND),
  });
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
