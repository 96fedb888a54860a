/** The presentation state that says what a viewport shows now. */
import type { StackViewport } from "@cornerstonejs/core";
import { number } from "../dicomweb/json-model";
import { newUid } from "../dicomweb/uids";
import type { Measurement } from "../measurements/measurement";
import { quantityName, quantityText } from "../measurements/quantity-text";
import type { StudyImage } from "../measurements/study-images";
import { shapesOf } from "../measurements/write-report";
import { windowOf } from "../tools/window";
import {
  type Annotation,
  type For,
  type GraphicObject,
  holdingFor,
  type Point,
  type PresentationState,
  type Shutter,
} from "./presentation-state";
import { orientationOf, shownArea } from "./viewport-geometry";

const LAYER = "MEASUREMENTS";

/** What a view has beside the picture. */
export interface Kept {
  /** A state that is shown: its shutters, graphics and overlays stay. */
  base?: PresentationState | undefined;
  /** Whether the shades are those of `base`. */
  hasItsShades?: boolean;
  /** In place of the shutters of `base`. */
  shutter?: Shutter | undefined;
}

/** Return the state; the measurements given are written over the image. */
export function stateOfView(
  viewport: StackViewport,
  image: StudyImage,
  measurements: readonly Measurement[],
  words: { label: string; description: string; creator: string },
  { base, hasItsShades = false, shutter }: Kept = {},
): PresentationState {
  const { voiRange, invert } = viewport.getProperties();
  const isColour = viewport.getCornerstoneImage()?.color ?? false;
  const { dataset } = image.frame;
  const [slope, intercept] = [number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")];
  const { reference } = image;
  const meant = { ...reference, frames: reference.isMultiFrame ? [reference.frame] : [] };
  const annotations = measurements.flatMap((one) => annotationsOf(one, image));
  // The layer of measurements is made anew from those there are; the others keep their order before it.
  const others = (base?.layers ?? [])
    .filter(({ name }) => name !== LAYER)
    .sort((a, b) => a.order - b.order)
    .map((layer, index) => ({ ...layer, order: index + 1 }));
  const { sopInstanceUid, frame } = reference;
  const inherited = holdingFor(base?.annotations ?? [], sopInstanceUid, frame)
    .filter(({ layer }) => layer !== LAYER)
    .map((content) => ({ images: [], content }));
  const shades = hasItsShades ? holdingFor(base?.voi ?? [], sopInstanceUid, frame)[0] : undefined;
  return {
    sopInstanceUid: newUid(),
    kind: isColour ? "colour" : "grayscale",
    ...words,
    createdAt: "",
    images: [meant],
    modality:
      shades && base?.modality
        ? base.modality
        : slope === undefined || intercept === undefined
          ? undefined
          : { kind: "rescale", slope, intercept },
    voi:
      voiRange && !isColour
        ? [{ images: [], content: shades ?? { kind: "window", ...windowOf(voiRange), function: "LINEAR" } }]
        : [],
    isInverted: invert ?? false,
    ...orientationOf(viewport, image.geometry),
    areas: [{ images: [], content: shownArea(viewport, image.geometry) }],
    shutters: shutter ? [shutter] : (base?.shutters ?? []),
    shutterGray: base?.shutterGray ?? 0,
    layers: [
      ...others,
      ...(annotations.length > 0 ? [{ name: LAYER, order: others.length + 1, gray: undefined }] : []),
    ],
    annotations: [...inherited, ...annotations],
    overlays: base?.overlays ?? [],
  };
}

const PLAIN: Readonly<Record<string, string>> = { "²": "2", "³": "3", "°": " deg", "×": "x", x̄: "mean", µ: "u" };

/** Numbers in letters that every viewer has, however old. */
function plain(text: string): string {
  return Object.entries(PLAIN).reduce((said, [sign, letters]) => said.replaceAll(sign, letters), text);
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
  const text = [label, ...quantities.map((one) => plain(`${quantityName(one)} ${quantityText(one)}`.trim()))]
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
