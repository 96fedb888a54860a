/** Adds SUV peak to a region on a PET image, from the slices that Cornerstone holds. */
import { cache } from "@cornerstonejs/core";
import { suvFactor } from "../overlays/suv";
import { dot, minus } from "../overlays/vectors";
import * as codes from "../structured-report/codes";
import { isSame } from "../structured-report/codes";
import type { Measurement } from "./measurement";
import type { StudyImage } from "./study-images";
import { RADIUS_MM, type Slice, suvPeak } from "./suv-peak";

const REGIONS: ReadonlySet<string> = new Set(["EllipticalROI", "RectangleROI", "PlanarFreehandROI"]);

/** Return the measurement, with its peak where it has SUV statistics and all slices around it have been loaded. */
export function withSuvPeak(
  measurement: Measurement,
  image: StudyImage | undefined,
  all: readonly StudyImage[],
): Measurement {
  const suv = measurement.quantities.find(({ concept }) => isSame(concept, codes.SUV_BODY_WEIGHT));
  if (!suv || !image || !measurement.kind || !REGIONS.has(measurement.kind)) return measurement;
  const at = sliceOf(image);
  const near = all.filter((one) => one.reference.seriesUid === image.reference.seriesUid && isNear(one, image));
  const slices = near.map(sliceOf).filter((slice) => slice !== undefined);
  if (!at || slices.length < near.length || !surrounds(near, image)) return measurement;
  const value = suvPeak(measurement, at, slices);
  if (value === undefined) return measurement;
  const peak = { concept: suv.concept, derivation: codes.PEAK, value, unit: suv.unit };
  return { ...measurement, quantities: [...measurement.quantities, peak] };
}

/** Whether a region has statistics in SUV and no peak: slices around it may still come. */
export function lacksSuvPeak({ kind, quantities }: Measurement): boolean {
  if (!kind || !REGIONS.has(kind) || !quantities.some(({ concept }) => isSame(concept, codes.SUV_BODY_WEIGHT)))
    return false;
  return !quantities.some(({ derivation }) => derivation && isSame(derivation, codes.PEAK));
}

/** Return the slice in SUV, or undefined when it is not loaded or says too little for SUV. */
function sliceOf({ imageId, geometry, frame }: StudyImage): Slice | undefined {
  const loaded = cache.getImage(imageId);
  if (!loaded) return undefined;
  const { rows, columns, preScale } = loaded;
  const isSuv = preScale?.scaled && preScale.scalingParameters?.suvbw !== undefined;
  const suv = suvFactor(frame.dataset);
  if (!isSuv && !("factor" in suv)) return undefined;
  const factor = isSuv || !("factor" in suv) ? 1 : suv.factor;
  const [slope, intercept] = preScale?.scaled ? [1, 0] : [loaded.slope ?? 1, loaded.intercept ?? 0];
  const values = Float64Array.from(loaded.getPixelData(), (value) => (value * slope + intercept) * factor);
  return { geometry, rows, columns, values };
}

function offset_mm(one: StudyImage, image: StudyImage): number {
  const { alongRow: a, alongColumn: b, position_mm } = image.geometry;
  const normal = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]] as const;
  return dot(minus(one.geometry.position_mm, position_mm), normal);
}

function isNear(one: StudyImage, image: StudyImage): boolean {
  return Math.abs(offset_mm(one, image)) <= RADIUS_MM;
}

/** Whether the stack goes on, on both sides, at the distance of its slices until the sphere ends. */
function surrounds(near: readonly StudyImage[], image: StudyImage): boolean {
  const offsets = near.map((one) => offset_mm(one, image)).sort((a, b) => a - b);
  const gaps = offsets.slice(1).map((offset, at) => offset - (offsets[at] ?? 0));
  const spacing = Math.max(...gaps, 0);
  return (
    spacing > 0 && (offsets[0] ?? 0) - spacing < -RADIUS_MM + 1e-6 && (offsets.at(-1) ?? 0) + spacing > RADIUS_MM - 1e-6
  );
}
