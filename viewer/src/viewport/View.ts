/** What a viewport tells about its picture. */
import type { Vector } from "../overlays/vectors";
import type { ValueRange } from "../tools/window";
import type { Frame } from "./frames";

/** A picture's place in the patient: a point on it, the way it faces, and its corners. */
export interface ViewedPlane {
  origin_mm: Vector;
  normal: Vector;
  /** Top left, top right, bottom right, bottom left of the image, in mm. */
  corners_mm: readonly [Vector, Vector, Vector, Vector];
}

export interface View {
  index: number;
  nImages: number;
  range: ValueRange | undefined;
  isInverted: boolean;
  zoom: number;
  pan_px: readonly [number, number];
  rotation_deg: number;
  isFlippedHorizontally: boolean;
  isFlippedVertically: boolean;
  isColour: boolean;
  /** How one CSS pixel to the right and one downwards move in the patient, in mm. */
  right_mm: Vector;
  down_mm: Vector;
  /** Spacing of columns by which the picture is laid out; not that of the object when it states none in the patient. */
  assumedSpacing_mm: number;
  /** Undefined for a solid, and where the object does not say where it lies. */
  plane: ViewedPlane | undefined;
}

export interface PixelUnderPointer {
  column: number;
  row: number;
  /** Of a volume: which of its images, from 0 in the order of reading. */
  image?: number;
  /** One value, or red, green and blue. Rescaled. */
  values: number[];
  /** True when the values are standardised uptake and not what the object's unit says. */
  isSuv: boolean;
  /** What the series that is laid over it holds at the same place. */
  over?: { frame: Frame; pixel: PixelUnderPointer };
}
