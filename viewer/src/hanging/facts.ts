/** What hanging protocols know of studies and their series: plain data, read from headers by `read-facts.ts`. */
import type { Plane } from "../layout/layout";

/**
 * A series, or the images of it that belong together: radiographs of several views may stand in one series, and each
 * view is hung by itself.
 */
export interface SeriesFacts {
  studyUid: string;
  seriesUid: string;
  /** Only where these images are a part of the series. */
  instanceUids?: readonly string[];
  number: number;
  modality: string;
  description: string;
  protocolName: string;
  bodyPart: string;
  /** R, L, B or "". */
  laterality: string;
  /** CC, MLO, PA, AP, LL, ... */
  view: string;
  /** Codes or meanings of view modifiers (spot, magnified, implant displaced). */
  modifiers: readonly string[];
  /** The nearest of the three planes; "" where the images say nothing. */
  plane: Exclude<Plane, "acquisition"> | "";
  imageType: readonly string[];
  intent: string;
  kernel: string;
  contrast: string;
  thickness_mm: number | undefined;
  nImages: number;
  /** Frames in the first image. */
  nFrames: number;
  frameOfReferenceUid: string;
  /** Letters for where rows and columns lead in the patient, as in PatientOrientation. */
  orientation: readonly [string, string] | undefined;
  /** Width and height of the picture as it is stored. */
  size_mm: { width: number; height: number } | undefined;
}

export interface StudyFacts {
  uid: string;
  /** YYYYMMDD or "". */
  date: string;
  description: string;
  series: readonly SeriesFacts[];
}
