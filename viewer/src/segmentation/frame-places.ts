/**
 * Where the frames of a segmentation lie among the images of a series.
 *
 * By geometry where both say where they are, on whatever grid: each image takes the frames of the nearest plane. Else
 * by the images that a frame says it was made from.
 * Source: DICOM PS3.3 sec. C.7.6.2.1.1 (pixel to patient), C.8.20.3.1 (segmentation grids).
 */
import type { StudyImage } from "../measurements/study-images";
import { cross, dot, minus, norm, plus, times, type Vector } from "../overlays/vectors";
import type { FramePlane, SegmentationFrame, StoredSegmentation } from "./read-segmentation";

/** Column and row of a frame from column and row of an image: a column + b row + c, and d column + e row + f. */
export type PixelMap = readonly [number, number, number, number, number, number];

/** An image that a frame marks; without a map their pixels are the same. */
export interface FramePlace {
  image: number;
  map: PixelMap | undefined;
}

export interface Raster {
  rows: number;
  columns: number;
}

const PARALLEL = 0.9995;

/** Return for each frame the images that it marks, by index. */
export function placesOf(
  stored: Pick<StoredSegmentation, "frames" | "rows" | "columns" | "frameOfReferenceUid">,
  images: readonly StudyImage[],
  raster: Raster,
): FramePlace[][] {
  const isSameRaster = stored.rows === raster.rows && stored.columns === raster.columns;
  const slabs = slabsOf(images, stored.frameOfReferenceUid);
  const byUid = new Map(
    images.map(({ reference }, index) => [`${reference.sopInstanceUid}#${reference.frame}`, index]),
  );
  const planes = distinctPlanes(stored.frames);
  const reach_mm = slabs ? (stepOf(planes, slabs.normal) ?? slabs.step_mm) / 2 : 0;
  const placed = new Map(
    [...planes].map(([key, plane]) => [key, placesOfPlane(plane, reach_mm, slabs, raster, isSameRaster)]),
  );
  return stored.frames.map(({ plane, sources }) => {
    const found = plane && slabs && placed.get(keyOf(plane));
    if (found) return found;
    const named = sources.map(({ sopInstanceUid, frame }) => byUid.get(`${sopInstanceUid}#${frame}`));
    return isSameRaster ? named.filter((image) => image !== undefined).map((image) => ({ image, map: undefined })) : [];
  });
}

interface Slabs {
  normal: Vector;
  /** In the order of their height along the normal. */
  images: readonly { index: number; height_mm: number; image: StudyImage }[];
  step_mm: number;
}

/** Return the images by height, if they all lie parallel in this frame of reference. */
function slabsOf(images: readonly StudyImage[], frameOfReferenceUid: string): Slabs | undefined {
  const [first] = images;
  if (!first || !frameOfReferenceUid || first.frameOfReferenceUid !== frameOfReferenceUid) return undefined;
  const normal = normalOf(first.geometry);
  if (images.some((one) => !one.frameOfReferenceUid || dot(normalOf(one.geometry), normal) < PARALLEL))
    return undefined;
  const sorted = images
    .map((image, index) => ({ index, image, height_mm: dot(image.geometry.position_mm, normal) }))
    .sort((a, b) => a.height_mm - b.height_mm);
  return { normal, images: sorted, step_mm: smallestStep(sorted.map(({ height_mm }) => height_mm)) ?? 1 };
}

function distinctPlanes(frames: readonly SegmentationFrame[]): Map<string, FramePlane> {
  const planes = new Map<string, FramePlane>();
  for (const { plane } of frames) if (plane) planes.set(keyOf(plane), plane);
  return planes;
}

const keys = new WeakMap<FramePlane, string>();

function keyOf(plane: FramePlane): string {
  const known = keys.get(plane);
  if (known) return known;
  const made = [...plane.position_mm, ...plane.alongRow, ...plane.alongColumn].map((value) => value.toFixed(4)).join();
  keys.set(plane, made);
  return made;
}

function placesOfPlane(
  plane: FramePlane,
  reach_mm: number,
  slabs: Slabs | undefined,
  raster: Raster,
  isSameRaster: boolean,
): FramePlace[] {
  if (!slabs || Math.abs(dot(normalOf(plane), slabs.normal)) < PARALLEL) return [];
  const height_mm = dot(plane.position_mm, slabs.normal);
  // Half a step belongs to the plane below, so that no image takes two.
  const first = lowerBound(slabs.images, height_mm - reach_mm - 1e-4 * reach_mm);
  const places: FramePlace[] = [];
  for (let at = first; at < slabs.images.length; at += 1) {
    const { index, image, height_mm: own_mm } = slabs.images[at] as Slabs["images"][number];
    if (own_mm - height_mm > reach_mm * (1 - 2e-4)) break;
    places.push({ image: index, map: pixelMap(image, plane, raster, isSameRaster) });
  }
  return places;
}

/** Return how far the planes lie apart, undefined if there is but one. */
function stepOf(planes: ReadonlyMap<string, FramePlane>, normal: Vector): number | undefined {
  const heights = [...planes.values()].map(({ position_mm }) => dot(position_mm, normal));
  return smallestStep(heights.sort((a, b) => a - b));
}

/** Return how image pixels lie on the frame; undefined when they are the same. */
function pixelMap(
  { geometry }: StudyImage,
  plane: FramePlane,
  raster: Raster,
  isSameRaster: boolean,
): PixelMap | undefined {
  const { alongRow, alongColumn } = plane;
  const offset = minus(geometry.position_mm, plane.position_mm);
  const right = times(geometry.alongRow, geometry.columnSpacing_mm);
  const down = times(geometry.alongColumn, geometry.rowSpacing_mm);
  const map: PixelMap = [
    dot(right, alongRow) / plane.columnSpacing_mm,
    dot(down, alongRow) / plane.columnSpacing_mm,
    dot(offset, alongRow) / plane.columnSpacing_mm,
    dot(right, alongColumn) / plane.rowSpacing_mm,
    dot(down, alongColumn) / plane.rowSpacing_mm,
    dot(offset, alongColumn) / plane.rowSpacing_mm,
  ];
  return isSameRaster && isWithinHalfAPixel(map, raster) ? undefined : map;
}

/** Whether every corner falls on the pixel of the same number. */
function isWithinHalfAPixel([a, b, c, d, e, f]: PixelMap, { rows, columns }: Raster): boolean {
  const corners = [0, columns - 1].flatMap((x) => [0, rows - 1].map((y) => [x, y] as const));
  return corners.every(([x, y]) => Math.abs(a * x + b * y + c - x) < 0.5 && Math.abs(d * x + e * y + f - y) < 0.5);
}

function normalOf({ alongRow, alongColumn }: { alongRow: Vector; alongColumn: Vector }): Vector {
  const normal = cross(alongRow, alongColumn);
  return times(normal, 1 / norm(normal));
}

function smallestStep(sorted: readonly number[]): number | undefined {
  const steps = sorted.slice(1).map((height, index) => height - (sorted[index] ?? 0));
  const real = steps.filter((step) => step > 1e-3);
  return real.length > 0 ? Math.min(...real) : undefined;
}

function lowerBound(images: Slabs["images"], height_mm: number): number {
  let [low, high] = [0, images.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((images[middle]?.height_mm ?? 0) < height_mm) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return where a pixel of an image lies in the patient, in mm. */
export function pointOf({ geometry }: StudyImage, column: number, row: number): Vector {
  const across = times(geometry.alongRow, column * geometry.columnSpacing_mm);
  return plus(plus(geometry.position_mm, across), times(geometry.alongColumn, row * geometry.rowSpacing_mm));
}
