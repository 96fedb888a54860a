/** A presentation state from its data set. Source: DICOM PS3.3 sec. A.33, C.10 and C.11; see `presentation-state`. */
import { itemsOf, numbersOf, textOf } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import { activeOverlays, type OverlayPlane } from "./overlay-planes";
import {
  type Annotation,
  COLOUR_STATE,
  type DisplayedArea,
  type For,
  GRAYSCALE_STATE,
  type GraphicObject,
  type LookupTable,
  type ModalityTransform,
  type Point,
  type PresentationState,
  type Shutter,
  type StateImage,
  type Units,
  type Voi,
} from "./presentation-state";

/**
 * Return the state, or undefined for another kind of object. LUT data must be there as values (`withLutData`); `planes`
 * are the overlays of the state itself.
 */
export function readState(dataset: Dataset, planes: readonly OverlayPlane[] = []): PresentationState | undefined {
  const sopClassUid = textOf(dataset, "SOPClassUID");
  if (sopClassUid !== GRAYSCALE_STATE && sopClassUid !== COLOUR_STATE) return undefined;
  const isGrayscale = sopClassUid === GRAYSCALE_STATE;
  return {
    sopInstanceUid: textOf(dataset, "SOPInstanceUID"),
    kind: isGrayscale ? "grayscale" : "colour",
    label: textOf(dataset, "ContentLabel"),
    description: textOf(dataset, "ContentDescription"),
    creator: textOf(dataset, "ContentCreatorName"),
    createdAt: `${textOf(dataset, "PresentationCreationDate")}${textOf(dataset, "PresentationCreationTime")}`,
    images: itemsOf(dataset, "ReferencedSeriesSequence").flatMap(imagesOfSeries),
    modality: isGrayscale ? modalityOf(dataset) : undefined,
    voi: isGrayscale ? itemsOf(dataset, "SoftcopyVOILUTSequence").flatMap(voiOf) : [],
    isInverted: textOf(dataset, "PresentationLUTShape") === "INVERSE",
    rotation_deg: numbersOf(dataset, "ImageRotation")[0] ?? 0,
    isFlipped: textOf(dataset, "ImageHorizontalFlip") === "Y",
    areas: itemsOf(dataset, "DisplayedAreaSelectionSequence").flatMap(areaOf),
    shutters: shuttersOf(dataset),
    shutterGray: numbersOf(dataset, "ShutterPresentationValue")[0] ?? 0,
    layers: itemsOf(dataset, "GraphicLayerSequence").map((item) => ({
      name: textOf(item, "GraphicLayer"),
      order: numbersOf(item, "GraphicLayerOrder")[0] ?? 0,
      gray: numbersOf(item, "GraphicLayerRecommendedDisplayGrayscaleValue")[0],
    })),
    annotations: itemsOf(dataset, "GraphicAnnotationSequence").flatMap(annotationsOf),
    overlays: activeOverlays(dataset, planes),
  };
}

function imagesOfSeries(series: Dataset): StateImage[] {
  const seriesUid = textOf(series, "SeriesInstanceUID");
  return referencedImages(series).map((image) => ({ seriesUid, ...image }));
}

function referencedImages(item: Dataset): Omit<StateImage, "seriesUid">[] {
  return itemsOf(item, "ReferencedImageSequence").map((reference) => ({
    sopClassUid: textOf(reference, "ReferencedSOPClassUID"),
    sopInstanceUid: textOf(reference, "ReferencedSOPInstanceUID"),
    frames: numbersOf(reference, "ReferencedFrameNumber"),
  }));
}

function modalityOf(dataset: Dataset): ModalityTransform | undefined {
  const table = tableOf(itemsOf(dataset, "ModalityLUTSequence")[0]);
  if (table) return { kind: "table", table };
  const [[slope], [intercept]] = [numbersOf(dataset, "RescaleSlope"), numbersOf(dataset, "RescaleIntercept")];
  return slope === undefined || intercept === undefined ? undefined : { kind: "rescale", slope, intercept };
}

function voiOf(item: Dataset): For<Voi>[] {
  const images = referencedImages(item);
  const table = tableOf(itemsOf(item, "VOILUTSequence")[0]);
  if (table) return [{ images, content: { kind: "table", table } }];
  const [[center], [width]] = [numbersOf(item, "WindowCenter"), numbersOf(item, "WindowWidth")];
  if (center === undefined || width === undefined) return [];
  const named = textOf(item, "VOILUTFunction");
  const shape = named === "SIGMOID" || named === "LINEAR_EXACT" ? named : "LINEAR";
  return [{ images, content: { kind: "window", center, width, function: shape } }];
}

function tableOf(item: Dataset | undefined): LookupTable | undefined {
  const [, firstInput, nBits] = numbersOf(item, "LUTDescriptor");
  const entries = numbersOf(item, "LUTData");
  return firstInput === undefined || nBits === undefined || entries.length === 0
    ? undefined
    : { firstInput, nBits, entries };
}

function areaOf(item: Dataset): For<DisplayedArea>[] {
  const topLeft = pairs(numbersOf(item, "DisplayedAreaTopLeftHandCorner"))[0];
  const bottomRight = pairs(numbersOf(item, "DisplayedAreaBottomRightHandCorner"))[0];
  if (!topLeft || !bottomRight) return [];
  const mode = textOf(item, "PresentationSizeMode");
  const sizeMode = mode === "TRUE SIZE" || mode === "MAGNIFY" ? mode : "SCALE TO FIT";
  const [magnification] = numbersOf(item, "PresentationPixelMagnificationRatio");
  return [{ images: referencedImages(item), content: { topLeft, bottomRight, sizeMode, magnification } }];
}

function shuttersOf(dataset: Dataset): Shutter[] {
  const shapes = (dataset["00181600"]?.Value ?? []).map(String);
  const one = (attribute: Parameters<typeof numbersOf>[1]) => numbersOf(dataset, attribute)[0];
  const shutters: Shutter[] = [];
  const [left, right] = [one("ShutterLeftVerticalEdge"), one("ShutterRightVerticalEdge")];
  const [upper, lower] = [one("ShutterUpperHorizontalEdge"), one("ShutterLowerHorizontalEdge")];
  const [row, column] = numbersOf(dataset, "CenterOfCircularShutter");
  const radius = one("RadiusOfCircularShutter");
  const isWhole = left !== undefined && right !== undefined && upper !== undefined && lower !== undefined;
  if (shapes.includes("RECTANGULAR") && isWhole) shutters.push({ kind: "rectangle", left, right, upper, lower });
  if (shapes.includes("CIRCULAR") && row !== undefined && column !== undefined && radius !== undefined) {
    shutters.push({ kind: "circle", row, column, radius });
  }
  const vertices = pairs(numbersOf(dataset, "VerticesOfThePolygonalShutter"));
  if (shapes.includes("POLYGONAL") && vertices.length > 2) shutters.push({ kind: "polygon", vertices });
  const group = one("ShutterOverlayGroup");
  if (shapes.includes("BITMAP") && group !== undefined) shutters.push({ kind: "bitmap", group });
  return shutters;
}

function annotationsOf(item: Dataset): For<Annotation>[] {
  const images = referencedImages(item);
  const layer = textOf(item, "GraphicLayer");
  const graphics = itemsOf(item, "GraphicObjectSequence").flatMap((one) => graphicOf(one, layer));
  const texts = itemsOf(item, "TextObjectSequence").map((one) => textObjectOf(one, layer));
  return [...graphics, ...texts].map((content) => ({ images, content }));
}

const GRAPHIC_TYPES = ["POINT", "POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE"] as const;

function graphicOf(item: Dataset, layer: string): GraphicObject[] {
  const type = GRAPHIC_TYPES.find((one) => one === textOf(item, "GraphicType"));
  const points = pairs(numbersOf(item, "GraphicData"));
  if (!type || points.length === 0) return [];
  const units = unitsOf(textOf(item, "GraphicAnnotationUnits"));
  return [{ kind: "graphic", layer, type, units, points, isFilled: textOf(item, "GraphicFilled") === "Y" }];
}

function textObjectOf(item: Dataset, layer: string): Annotation {
  const [topLeft] = pairs(numbersOf(item, "BoundingBoxTopLeftHandCorner"));
  const [bottomRight] = pairs(numbersOf(item, "BoundingBoxBottomRightHandCorner"));
  const [point] = pairs(numbersOf(item, "AnchorPoint"));
  const boxUnits = unitsOf(textOf(item, "BoundingBoxAnnotationUnits"));
  const anchorUnits = unitsOf(textOf(item, "AnchorPointAnnotationUnits"));
  return {
    kind: "text",
    layer,
    text: textOf(item, "UnformattedTextValue"),
    box: topLeft && bottomRight && { topLeft, bottomRight, units: boxUnits },
    anchor: point && { point, units: anchorUnits, isVisible: textOf(item, "AnchorPointVisibility") === "Y" },
  };
}

function unitsOf(units: string): Units {
  return units === "DISPLAY" ? "DISPLAY" : "PIXEL";
}

function pairs(numbers: readonly number[]): Point[] {
  return Array.from({ length: Math.floor(numbers.length / 2) }, (_, at) => [
    numbers[2 * at] as number,
    numbers[2 * at + 1] as number,
  ]);
}
