/**
 * A softcopy presentation state: how someone wants images shown.
 *
 * Source: DICOM PS3.3 sec. A.33.1 (grayscale), A.33.2 (colour), C.10.4 (displayed area), C.10.5 (graphic annotation),
 * C.10.6 (spatial transformation), C.7.6.11 (shutter), C.11.1 (modality LUT), C.11.8 (softcopy VOI LUT), C.11.6
 * (presentation LUT).
 */
import type { Reference } from "../structured-report/document";
import type { ActiveOverlay } from "./overlay-planes";

export const GRAYSCALE_STATE = "1.2.840.10008.5.1.4.1.1.11.1";
export const COLOUR_STATE = "1.2.840.10008.5.1.4.1.1.11.2";

/** An image that a state, or a part of it, is about; no frames means all of them. */
export interface StateImage extends Reference {
  frames: readonly number[];
}

/** A table from input values to output values. */
export interface LookupTable {
  firstInput: number;
  nBits: number;
  entries: readonly number[];
}

export type ModalityTransform =
  | { kind: "rescale"; slope: number; intercept: number }
  | { kind: "table"; table: LookupTable };

export type VoiFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

export type Voi =
  | { kind: "window"; center: number; width: number; function: VoiFunction }
  | { kind: "table"; table: LookupTable };

/** Columns and rows counted from 1, of the pixels in these corners as the image lies when turned; they belong to it. */
export interface DisplayedArea {
  topLeft: readonly [number, number];
  bottomRight: readonly [number, number];
  sizeMode: "SCALE TO FIT" | "TRUE SIZE" | "MAGNIFY";
  /** Pixels of the display per pixel of the image, for MAGNIFY. */
  magnification: number | undefined;
}

/** Rows and columns counted from 1. */
export type Shutter =
  | { kind: "rectangle"; left: number; right: number; upper: number; lower: number }
  | { kind: "circle"; row: number; column: number; radius: number }
  | { kind: "polygon"; vertices: readonly (readonly [row: number, column: number])[] }
  /** What an overlay plane of the state marks is covered. */
  | { kind: "bitmap"; group: number };

/** From the corner of the image in pixels, or from that of the displayed area as fractions of it. */
export type Units = "PIXEL" | "DISPLAY";
export type Point = readonly [number, number];

export interface GraphicObject {
  kind: "graphic";
  layer: string;
  type: "POINT" | "POLYLINE" | "INTERPOLATED" | "CIRCLE" | "ELLIPSE";
  units: Units;
  points: readonly Point[];
  isFilled: boolean;
}

export interface TextObject {
  kind: "text";
  layer: string;
  text: string;
  box: { topLeft: Point; bottomRight: Point; units: Units } | undefined;
  anchor: { point: Point; units: Units; isVisible: boolean } | undefined;
}

export type Annotation = GraphicObject | TextObject;

/** Something that holds for the images named, or for all when none is. */
export interface For<Content> {
  images: readonly Omit<StateImage, "seriesUid">[];
  content: Content;
}

export interface Layer {
  name: string;
  order: number;
  /** 0 to 65535. */
  gray: number | undefined;
}

export interface PresentationState {
  sopInstanceUid: string;
  kind: "grayscale" | "colour";
  label: string;
  description: string;
  creator: string;
  /** Date and time of creation. */
  createdAt: string;
  images: readonly StateImage[];
  modality: ModalityTransform | undefined;
  voi: readonly For<Voi>[];
  isInverted: boolean;
  /** Clockwise; before the flip. */
  rotation_deg: number;
  isFlipped: boolean;
  areas: readonly For<DisplayedArea>[];
  shutters: readonly Shutter[];
  /** Shade of what a shutter covers, 0 to 65535. */
  shutterGray: number;
  layers: readonly Layer[];
  annotations: readonly For<Annotation>[];
  overlays: readonly ActiveOverlay[];
}

/** Return the edges of the area from the corner of the image, whichever way it is turned. */
export function edgesOf({ topLeft, bottomRight }: DisplayedArea) {
  return {
    left: Math.min(topLeft[0], bottomRight[0]) - 1,
    right: Math.max(topLeft[0], bottomRight[0]),
    top: Math.min(topLeft[1], bottomRight[1]) - 1,
    bottom: Math.max(topLeft[1], bottomRight[1]),
  };
}

/** Return whether a state is about this frame of an instance. */
export function concerns(state: PresentationState, sopInstanceUid: string, frame: number): boolean {
  return state.images.some((image) => isMeant(image, sopInstanceUid, frame));
}

/** Return what holds for this frame. */
export function holdingFor<Content>(list: readonly For<Content>[], sopInstanceUid: string, frame: number): Content[] {
  return list
    .filter(({ images }) => images.length === 0 || images.some((image) => isMeant(image, sopInstanceUid, frame)))
    .map(({ content }) => content);
}

function isMeant(image: Omit<StateImage, "seriesUid">, sopInstanceUid: string, frame: number): boolean {
  return image.sopInstanceUid === sopInstanceUid && (image.frames.length === 0 || image.frames.includes(frame));
}
