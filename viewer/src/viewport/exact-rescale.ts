/**
 * Keeps fractions of rescaled values: works around a shortcut of Cornerstone's loader.
 *
 * The loader puts pixels into whole numbers when the smallest and the largest rescaled value of an image happen to be
 * whole, and thereby cuts off the fractions of all values between them (and wraps stored values that do not fit). A
 * slope that is larger by one part in 10^12 makes the largest value no whole number, so that the loader takes floating
 * point; in its single precision the difference is nothing.
 */
import { metaData } from "@cornerstonejs/core";
import { wadors } from "@cornerstonejs/dicom-image-loader";
import { type Dataset, number, text } from "../dicomweb/json-model";

const PRIORITY = 10_000;
const NEXT_TO_ONE = 1 + 2 ** -40;

/** Return a factor that is no round number, and as good as the same. */
export function unrounded(factor: number): number {
  return Number.isInteger(factor) ? factor : factor * NEXT_TO_ONE;
}

export function provideExactRescale(): void {
  metaData.addProvider((type: string, imageId: unknown) => {
    if (type !== "modalityLutModule" || typeof imageId !== "string" || !imageId.startsWith("wadors:")) return undefined;
    const dataset = wadors.metaDataManager.get(imageId) as Dataset | undefined;
    const slope = number(dataset, "RescaleSlope");
    if (slope === undefined || Number.isInteger(slope)) return undefined;
    return {
      rescaleIntercept: number(dataset, "RescaleIntercept"),
      rescaleSlope: unrounded(slope),
      rescaleType: text(dataset, "RescaleType") || undefined,
    };
  }, PRIORITY);
}
