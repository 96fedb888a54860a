/**
 * Labels as images in Cornerstone's cache, one over each image of the series.
 *
 * Made here and not by Cornerstone: its own way searches every pixel of every image for the smallest and the largest,
 * which for a large series takes longer than all the rest. The arrays are those of the segmentation, not copies. An image
 * is made when it is wanted; until then only where it lies is known.
 */
import { cache, imageLoader, metaData, type Types, utilities } from "@cornerstonejs/core";
import type { StudyImage } from "../measurements/study-images";
import type { Raster } from "./frame-places";

const SCHEME = "labels";
/** Asked before those that know of images of the archive. */
const PRIORITY = 20_000;

interface Declared {
  source: StudyImage;
  labels: Uint8Array;
  raster: Raster;
  plane?: object;
  made?: Types.IImage;
}

const declared = new Map<string, Declared>();

/** Return the name of an image of labels; `forgetLabelImages` lets go of it. */
export function labelImageId(layer: string, image: number): string {
  return `${SCHEME}:${layer}/${image}`;
}

/** Volumes ask the loader for what is in the cache already. */
export function registerLabelImages(): void {
  imageLoader.registerImageLoader(SCHEME, (imageId) => {
    const known = declared.get(imageId);
    const missing = () => Promise.reject<Types.IImage>(new Error(`No labels are known under ${imageId}.`));
    return { promise: known ? Promise.resolve(madeOf(imageId, known)) : missing() };
  });
  metaData.removeProvider(describe);
  metaData.addProvider(describe, PRIORITY);
}

/** Tell of images that may be wanted: over which they lie, and the labels of each. */
export function declareLabelImages(
  imageIds: readonly string[],
  images: readonly StudyImage[],
  labels: readonly Uint8Array[],
  raster: Raster,
): void {
  for (const [index, imageId] of imageIds.entries()) {
    const [source, own] = [images[index], labels[index]];
    if (source && own) declared.set(imageId, { source, labels: own, raster });
  }
}

export function forgetLabelImages(imageIds: readonly string[]): void {
  for (const imageId of imageIds) {
    declared.delete(imageId);
    if (cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId, { force: true });
  }
}

/** Put images under these names into the cache, those that are not there (any more). */
export function provideLabelImages(imageIds: readonly string[]): void {
  for (const imageId of imageIds) {
    const known = declared.get(imageId);
    if (known && !cache.getImageLoadObject(imageId)) cache.putImageSync(imageId, madeOf(imageId, known));
  }
}

function describe(type: string, imageId: unknown): object | undefined {
  const known = typeof imageId === "string" ? declared.get(imageId) : undefined;
  if (!known) return undefined;
  if (type === "imagePlaneModule") {
    known.plane ??= planeOf(known);
    return known.plane;
  }
  if (type === "generalSeriesModule") return { modality: "SEG" };
  return type === "imagePixelModule" ? { ...PIXELS, ...known.raster } : undefined;
}

const PIXELS = {
  samplesPerPixel: 1,
  photometricInterpretation: "MONOCHROME2",
  bitsAllocated: 8,
  bitsStored: 8,
  highBit: 7,
  pixelRepresentation: 0,
};

function planeOf({ source: { geometry, shownFrameOfReferenceUid }, raster: { rows, columns } }: Declared): object {
  const [rowCosines, columnCosines] = [[...geometry.alongRow], [...geometry.alongColumn]];
  return {
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
  };
}

function madeOf(imageId: string, known: Declared): Types.IImage {
  known.made ??= labelImage(imageId, known);
  return known.made;
}

function labelImage(imageId: string, { source, labels, raster: { rows, columns } }: Declared): Types.IImage {
  const { geometry, shownFrameOfReferenceUid } = source;
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
