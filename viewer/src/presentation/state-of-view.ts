/** The presentation state that says what a viewport shows now. */
import type { StackViewport } from "@cornerstonejs/core";
import { number } from "../dicomweb/json-model";
import { newUid } from "../dicomweb/uids";
import type { Measurement } from "../measurements/measurement";
import { quantityName, quantityText } from "../measurements/quantity-text";
import type { StudyImage } from "../measurements/study-images";
import { shapesOf } from "../measurements/write-report";
import { windowOf } from "../tools/window";
import type { Annotation, For, GraphicObject, Point, PresentationState } from "./presentation-state";
import { orientationOf, shownArea } from "./viewport-geometry";

const LAYER = "MEASUREMENTS";

/** Return the state; the measurements given are written over the image. */
export function stateOfView(
  viewport: StackViewport,
  image: StudyImage,
  measurements: readonly Measurement[],
  words: { label: string; description: string; creator: string },
): PresentationState {
  const { voiRange, invert } = viewport.getProperties();
  const isColour = viewport.getCornerstoneImage()?.color ?? false;
  const { dataset } = image.frame;
  const [slope, intercept] = [number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")];
  const { reference } = image;
  const meant = { ...reference, frames: reference.isMultiFrame ? [reference.frame] : [] };
  const annotations = measurements.flatMap((one) => annotationsOf(one, image));
  return {
    sopInstanceUid: newUid(),
    kind: isColour ? "colour" : "grayscale",
    ...words,
    createdAt: "",
    images: [meant],
    modality: slope === undefined || intercept === undefined ? undefined : { kind: "rescale", slope, intercept },
    voi:
      voiRange && !isColour
        ? [{ images: [], content: { kind: "window", ...windowOf(voiRange), function: "LINEAR" } }]
        : [],
    isInverted: invert ?? false,
    ...orientationOf(viewport, image.geometry),
    areas: [{ images: [], content: shownArea(viewport, image.geometry) }],
    shutters: [],
    shutterGray: 0,
    layers: annotations.length > 0 ? [{ name: LAYER, order: 1, gray: undefined }] : [],
    annotations,
  };
}

function annotationsOf(measurement: Measurement, image: StudyImage): For<Annotation>[] {
  const { place, label, quantities } = measurement;
  const isHere =
    place.on === "image" &&
    place.image.sopInstanceUid === image.reference.sopInstanceUid &&
    place.image.frame === image.reference.frame;
  if (!isHere) return [];
  const graphics = shapesOf(measurement).map(({ type, points }): GraphicObject => {
    const given = points as readonly Point[];
    const isPoint = type === "POINT";
    return {
      kind: "graphic",
      layer: LAYER,
      type: isPoint ? "POINT" : type === "ELLIPSE" ? "ELLIPSE" : "POLYLINE",
      units: "PIXEL",
      points: given,
      isFilled: false,
    };
  });
  const [anchor] = place.points_px;
  const text = [label, ...quantities.map((one) => `${quantityName(one)} ${quantityText(one)}`.trim())]
    .filter(Boolean)
    .join("\r\n");
  const written: Annotation[] =
    anchor && text
      ? [
          {
            kind: "text",
            layer: LAYER,
            text,
            box: undefined,
            anchor: { point: anchor, units: "PIXEL", isVisible: false },
          },
        ]
      : [];
  return [...graphics, ...written].map((content) => ({ images: [], content }));
}
