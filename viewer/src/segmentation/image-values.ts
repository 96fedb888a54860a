/** The values of a series' images, as the viewer shows them, once all are in memory. */
import { cache, type Types } from "@cornerstonejs/core";
import type { StudyImage } from "../measurements/study-images";
import { imageIdsOf } from "../viewport/image-ids";
import { loadImages } from "../viewport/load-image";

/** Of one image: its pixels, and what turns them into values. */
export interface ImageValues {
  pixels: Types.PixelDataTypedArray;
  slope: number;
  intercept: number;
}

/** Fetch what is not in memory yet; raises an error for colour, and for images that do not come. */
export async function valuesOf(
  images: readonly StudyImage[],
  studyUid: string,
  onProgress: (done: number, total: number) => void,
): Promise<ImageValues[]> {
  const seriesUid = images[0]?.reference.seriesUid ?? "";
  const imageIds = imageIdsOf(
    images.map(({ frame }) => frame),
    studyUid,
    seriesUid,
  );
  const failures: unknown[] = [];
  let nDone = 0;
  const missing = imageIds.filter((imageId) => !cache.getImage(imageId));
  await loadImages(missing, { signal: new AbortController().signal, onWait: () => {} }, (_, failure) => {
    if (failure) failures.push(failure);
    nDone += 1;
    onProgress(nDone, missing.length);
  });
  if (failures[0]) throw failures[0];
  return imageIds.map((imageId) => {
    const image = cache.getImage(imageId);
    if (!image) throw new Error("The images of this series do not fit into memory together.");
    if (image.color) throw new Error("Colour pictures have no values that a range could be of.");
    const isScaled = image.preScale?.scaled === true;
    return {
      pixels: image.getPixelData(),
      slope: isScaled ? 1 : (image.slope ?? 1),
      intercept: isScaled ? 0 : (image.intercept ?? 0),
    };
  });
}

/** Return the stored pixels between which the range lies. */
export function storedRange({ slope, intercept }: ImageValues, range: { lower: number; upper: number }) {
  const ends = [(range.lower - intercept) / slope, (range.upper - intercept) / slope];
  return { lower: Math.min(...ends), upper: Math.max(...ends) };
}
