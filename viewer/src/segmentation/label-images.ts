/**
 * Labels as images in Cornerstone's cache, one over each image of the series.
 *
 * Made here and not by Cornerstone: its own way searches every pixel of every image for the smallest and the largest,
 * which for a large series takes longer than all the rest. The arrays are those of the segmentation, not copies.
 */
import { cache, imageLoader, type Types, utilities } from "@cornerstonejs/core";
import type { StudyImage } from "../measurements/study-images";
import type { Raster } from "./frame-places";

const SCHEME = "labels";
const made = new Map<string, Types.IImage>();

/** Return the name of an image of labels; `forgetLabelImages` lets go of it. */
export function labelImageId(layer: string, image: number): string {
  return `${SCHEME}:${layer}/${image}`;
}

/** Volumes ask the loader for what is in the cache already. */
export function registerLabelImages(): void {
  imageLoader.registerImageLoader(SCHEME, (imageId) => {
    const image = made.get(imageId);
    const missing = () => Promise.reject<Types.IImage>(new Error(`No labels are known under ${imageId}.`));
    return { promise: image ? Promise.resolve(image) : missing() };
  });
}

export function forgetLabelImages(imageIds: readonly string[]): void {
  for (const imageId of imageIds) {
    made.delete(imageId);
    if (cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId, { force: true });
  }
}

/** Put images under these names into the cache, those that are not there (any more). */
export function provideLabelImages(
  imageIds: readonly string[],
  images: readonly StudyImage[],
  labels: readonly Uint8Array[],
  raster: Raster,
): void {
  for (const [index, imageId] of imageIds.entries()) {
    const [image, own] = [images[index], labels[index]];
    if (!image || !own || cache.getImageLoadObject(imageId)) continue;
    const known = made.get(imageId) ?? labelImage(imageId, image, own, raster);
    made.set(imageId, known);
    cache.putImageSync(imageId, known);
  }
}

function labelImage(imageId: string, source: StudyImage, labels: Uint8Array, { rows, columns }: Raster): Types.IImage {
  const { geometry, shownFrameOfReferenceUid } = source;
  const [rowCosines, columnCosines] = [[...geometry.alongRow], [...geometry.alongColumn]];
  const add = (type: string, metadata: Record<string, unknown>) =>
    utilities.genericMetadataProvider.add(imageId, { type, metadata: metadata as never });
  add("imagePlaneModule", {
    frameOfReferenceUID: shownFrameOfReferenceUid,
    rows,
    columns,
    imageOrientationPatient: [...rowCosines, ...columnCosines],
    rowCosines,
    columnCosines,
    imagePositionPatient: [...geometry.position_mm],
    pixelSpacing: [geometry.rowSpacing_mm, geometry.columnSpacing_mm],
    rowPixelSpacing: geometry.rowSpacing_mm,
    columnPixelSpacing: geometry.columnSpacing_mm,
  });
  add("imagePixelModule", {
    samplesPerPixel: 1,
    photometricInterpretation: "MONOCHROME2",
    rows,
    columns,
    bitsAllocated: 8,
    bitsStored: 8,
    highBit: 7,
    pixelRepresentation: 0,
  });
  add("generalSeriesModule", { modality: "SEG" });
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    width: columns,
    height: rows,
    numberOfComponents: 1,
    scalarData: labels,
    id: imageId,
  });
  return {
    imageId,
    referencedImageId: source.imageId,
    intercept: 0,
    slope: 1,
    windowCenter: 0,
    windowWidth: 0,
    color: false,
    rgba: false,
    numberOfComponents: 1,
    dataType: "Uint8Array",
    minPixelValue: 0,
    maxPixelValue: 255,
    rows,
    columns,
    height: rows,
    width: columns,
    columnPixelSpacing: geometry.columnSpacing_mm,
    rowPixelSpacing: geometry.rowSpacing_mm,
    FrameOfReferenceUID: shownFrameOfReferenceUid,
    invert: false,
    getPixelData: () => labels,
    voxelManager,
    sizeInBytes: labels.byteLength,
  } as unknown as Types.IImage;
}
