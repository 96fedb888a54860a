/** A presentation state as a data set. Source: DICOM PS3.3 sec. A.33, C.10 and C.11; see `presentation-state`. */
import { datasetOf, inTagOrder } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import { dateOf, timeOf } from "../dicomweb/moments";
import { decimalString } from "../structured-report/decimal-string";
import { newObject } from "../structured-report/document";
import { overlayElements } from "./overlay-planes";
import {
  type Annotation,
  COLOUR_STATE,
  type For,
  GRAYSCALE_STATE,
  type LookupTable,
  type PresentationState,
  type Shutter,
  type StateImage,
  type Voi,
} from "./presentation-state";
import { srgbProfile } from "./srgb-profile";

export interface StateContext {
  seriesUid: string;
  instanceNumber: number;
  /** An image that the state is about. */
  image: Dataset;
  moment: Date;
}

export function stateDataset(state: PresentationState, context: StateContext): Dataset {
  const isGrayscale = state.kind === "grayscale";
  const { seriesUid, instanceNumber, image, moment } = context;
  const series = {
    modality: "PR",
    seriesUid,
    seriesNumber: 9902,
    seriesDescription: "Presentation states",
    instanceNumber,
  };
  const sopClassUid = isGrayscale ? GRAYSCALE_STATE : COLOUR_STATE;
  return inTagOrder({
    ...newObject(sopClassUid, state.sopInstanceUid, image, series, moment),
    ...datasetOf({
      // Stands empty for parts of the body that are not paired (type 2C).
      Laterality: "",
      ContentLabel: state.label,
      ContentDescription: state.description,
      PresentationCreationDate: dateOf(moment),
      PresentationCreationTime: timeOf(moment),
      ContentCreatorName: state.creator,
      ReferencedSeriesSequence: referencedSeries(state.images),
      ImageRotation: state.rotation_deg,
      ImageHorizontalFlip: state.isFlipped ? "Y" : "N",
      DisplayedAreaSelectionSequence: state.areas.map(({ images, content }) =>
        datasetOf({
          ReferencedImageSequence: optionalImages(images),
          DisplayedAreaTopLeftHandCorner: content.topLeft,
          DisplayedAreaBottomRightHandCorner: content.bottomRight,
          PresentationSizeMode: content.sizeMode,
          ...pixelShape(image),
          PresentationPixelMagnificationRatio: content.magnification,
        }),
      ),
      ...(state.layers.length > 0 ? layers(state) : {}),
      ...shutters(state.shutters, state.shutterGray),
      ...(isGrayscale ? grayscale(state) : {}),
    }),
    ...overlayElements(state.overlays),
    ...(isGrayscale ? {} : { "00282000": { vr: "OB", InlineBinary: srgbProfile() } }),
  });
}

type Values = Parameters<typeof datasetOf>[0];

function grayscale(state: PresentationState): Values {
  const { modality, voi, isInverted } = state;
  const rescale = modality?.kind === "rescale" ? modality : undefined;
  return {
    RescaleIntercept: rescale && decimalString(rescale.intercept),
    RescaleSlope: rescale && decimalString(rescale.slope),
    RescaleType: rescale && "US",
    ModalityLUTSequence: modality?.kind === "table" ? lut(modality.table) : undefined,
    SoftcopyVOILUTSequence: voi.length > 0 ? voi.map(voiItem) : undefined,
    PresentationLUTShape: isInverted ? "INVERSE" : "IDENTITY",
  };
}

function voiItem({ images, content }: For<Voi>): Dataset {
  const referenced = { ReferencedImageSequence: optionalImages(images) };
  if (content.kind === "table") return datasetOf({ ...referenced, VOILUTSequence: lut(content.table) });
  return datasetOf({
    ...referenced,
    WindowCenter: decimalString(content.center),
    WindowWidth: decimalString(content.width),
    VOILUTFunction: content.function === "LINEAR" ? undefined : content.function,
  });
}

/** A table of words: 65536 entries are written as 0. Source: PS3.3 sec. C.11.1.1.1. */
function lut({ firstInput, nBits, entries }: LookupTable): Dataset {
  const bytes = entries.flatMap((entry) => [entry & 255, entry >> 8]);
  const base64 = btoa(bytes.map((byte) => String.fromCharCode(byte)).join(""));
  const descriptor = { vr: firstInput < 0 ? "SS" : "US", Value: [entries.length % 65536, firstInput, nBits] };
  return { "00283002": descriptor, "00283006": { vr: "OW", InlineBinary: base64 } };
}

function referencedSeries(images: readonly StateImage[]): Dataset[] {
  const bySeries = new Map<string, StateImage[]>();
  for (const image of images) bySeries.set(image.seriesUid, [...(bySeries.get(image.seriesUid) ?? []), image]);
  return [...bySeries].map(([seriesUid, list]) =>
    datasetOf({ ReferencedImageSequence: list.map(imageItem), SeriesInstanceUID: seriesUid }),
  );
}

function optionalImages(images: For<unknown>["images"]): Dataset[] | undefined {
  return images.length > 0 ? images.map(imageItem) : undefined;
}

function imageItem({ sopClassUid, sopInstanceUid, frames }: For<unknown>["images"][number]): Dataset {
  return datasetOf({
    ReferencedSOPClassUID: sopClassUid,
    ReferencedSOPInstanceUID: sopInstanceUid,
    ReferencedFrameNumber: frames.length > 0 ? frames : undefined,
  });
}

/** The spacing of the image where it has one, else square pixels. Source: PS3.3 sec. C.10.4.1. */
function pixelShape(image: Dataset): Values {
  const spacing = image["00280030"]?.Value;
  return spacing?.length === 2
    ? { PresentationPixelSpacing: spacing as number[] }
    : { PresentationPixelAspectRatio: [1, 1] };
}

function shutters(list: readonly Shutter[], gray: number): Values {
  if (list.length === 0) return {};
  const values: Values = { ShutterPresentationValue: gray };
  const shapes: string[] = [];
  for (const shutter of list) {
    if (shutter.kind === "rectangle") {
      shapes.push("RECTANGULAR");
      values.ShutterLeftVerticalEdge = shutter.left;
      values.ShutterRightVerticalEdge = shutter.right;
      values.ShutterUpperHorizontalEdge = shutter.upper;
      values.ShutterLowerHorizontalEdge = shutter.lower;
    } else if (shutter.kind === "circle") {
      shapes.push("CIRCULAR");
      values.CenterOfCircularShutter = [shutter.row, shutter.column];
      values.RadiusOfCircularShutter = shutter.radius;
    } else if (shutter.kind === "bitmap") {
      shapes.push("BITMAP");
      values.ShutterOverlayGroup = shutter.group;
    } else {
      shapes.push("POLYGONAL");
      values.VerticesOfThePolygonalShutter = shutter.vertices.flat();
    }
  }
  return { ...values, ShutterShape: shapes };
}

function layers({ layers: list, annotations, kind }: PresentationState): Values {
  return {
    GraphicLayerSequence: list.map(({ name, order, gray }) =>
      datasetOf({
        GraphicLayer: name,
        GraphicLayerOrder: order,
        GraphicLayerRecommendedDisplayGrayscaleValue: kind === "grayscale" ? gray : undefined,
      }),
    ),
    GraphicAnnotationSequence: annotations.length > 0 ? annotations.map(annotationItem) : undefined,
  };
}

function annotationItem({ images, content }: For<Annotation>): Dataset {
  return datasetOf({
    ReferencedImageSequence: optionalImages(images),
    GraphicLayer: content.layer,
    ...(content.kind === "text"
      ? { TextObjectSequence: textItem(content) }
      : {
          GraphicObjectSequence: datasetOf({
            GraphicAnnotationUnits: content.units,
            GraphicDimensions: 2,
            NumberOfGraphicPoints: content.points.length,
            GraphicData: content.points.flat(),
            GraphicType: content.type,
            GraphicFilled: isClosed(content) ? (content.isFilled ? "Y" : "N") : undefined,
          }),
        }),
  });
}

/** Whether a graphic can be filled. Source: PS3.3 table C.10-5 (Graphic Filled, 1C). */
function isClosed({ type, points }: Annotation & { kind: "graphic" }): boolean {
  return type === "CIRCLE" || type === "ELLIPSE" || (points.length > 2 && String(points[0]) === String(points.at(-1)));
}

function textItem({ text, box, anchor }: Annotation & { kind: "text" }): Dataset {
  return datasetOf({
    UnformattedTextValue: text,
    BoundingBoxAnnotationUnits: box?.units,
    BoundingBoxTopLeftHandCorner: box?.topLeft,
    BoundingBoxBottomRightHandCorner: box?.bottomRight,
    BoundingBoxTextHorizontalJustification: box && "LEFT",
    AnchorPointAnnotationUnits: anchor?.units,
    AnchorPoint: anchor?.point,
    AnchorPointVisibility: anchor && (anchor.isVisible ? "Y" : "N"),
  });
}
