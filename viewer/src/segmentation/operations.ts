/** What is done to a whole segment. Each returns the images it changed; labels of other segments are left alone. */
import type { StudyImage } from "../measurements/study-images";
import { cross, dot, norm } from "../overlays/vectors";
import { grown, type Place } from "./grow";
import { type ImageValues, storedRange } from "./image-values";
import { interpolated } from "./interpolate";
import { onlyLargest, withoutSmall } from "./islands";
import type { Segmentation } from "./Segmentation";
import { smoothed } from "./smooth";
import { emptyMask, type Mask } from "./volume-of-labels";
import { pixelVolumes_mm3, thicknessOf_mm } from "./voxel-size";

interface Range {
  lower: number;
  upper: number;
}

/** Mark what hangs together with a place, has values in the range and belongs to no other segment. */
export function grow(segmentation: Segmentation, values: readonly ImageValues[], seed: Place, range: Range): number[] {
  const { columns, rows } = segmentation.raster;
  const label = segmentation.activeLabel;
  const limits = values.map((one) => storedRange(one, range));
  const isIn = (x: number, y: number, z: number) => {
    const at = x + columns * y;
    const [pixel, marked] = [values[z]?.pixels[at] as number, segmentation.labels[z]?.[at]];
    const { lower, upper } = limits[z] as Range;
    return pixel >= lower && pixel <= upper && (marked === 0 || marked === label);
  };
  const size = [columns, rows, segmentation.images.length] as const;
  const { voxels } = grown(size, seed, isIn);
  return segmentation.labels.flatMap((labels, z) => {
    const found = voxels.subarray(z * columns * rows, (z + 1) * columns * rows);
    let isChanged = false;
    for (let at = found.indexOf(1); at >= 0; at = found.indexOf(1, at + 1)) {
      isChanged ||= labels[at] !== label;
      labels[at] = label;
    }
    return isChanged ? [z] : [];
  });
}

/** Mark everything in the range that belongs to no segment. */
export function fillRange(segmentation: Segmentation, values: readonly ImageValues[], range: Range): number[] {
  return segmentation.labels.flatMap((labels, z) => {
    const one = values[z];
    if (!one) return [];
    const { lower, upper } = storedRange(one, range);
    let isChanged = false;
    for (let at = 0; at < labels.length; at += 1) {
      const pixel = one.pixels[at] as number;
      if (labels[at] !== 0 || pixel < lower || pixel > upper) continue;
      labels[at] = segmentation.activeLabel;
      isChanged = true;
    }
    return isChanged ? [z] : [];
  });
}

/** Fill the images between those that the segment is on. */
export function interpolate(segmentation: Segmentation): number[] {
  const { images, raster, activeLabel: label } = segmentation;
  const [first] = images;
  if (!first) return [];
  const masks = segmentation.labels.map((labels, image) =>
    segmentation.labelsOn(image).has(label) ? maskOf(labels, label) : undefined,
  );
  const { columnSpacing_mm, rowSpacing_mm } = first.geometry;
  const found = interpolated(masks, heights_mm(images), { ...raster, columnSpacing_mm, rowSpacing_mm });
  return found.flatMap((mask, image) => (mask && put(segmentation, image, mask) ? [image] : []));
}

export function keepLargest(segmentation: Segmentation): number[] {
  return throughBox(segmentation, 0, onlyLargest);
}

/** Take away parts below a volume; where the images do not say where they lie, `smallest_mL` counts thousand pixels. */
export function dropSmall(segmentation: Segmentation, smallest_mL: number): number[] {
  const pixel_mm3 = pixelVolumes_mm3(segmentation.images)?.[0] ?? 1;
  return throughBox(segmentation, 0, (mask) => withoutSmall(mask, (smallest_mL * 1000) / pixel_mm3));
}

/** Round the surface off by about one and a half pixels. */
export function smooth(segmentation: Segmentation): number[] {
  const geometry = segmentation.images[0]?.geometry;
  if (!geometry) return [];
  const { columnSpacing_mm: x, rowSpacing_mm: y } = geometry;
  const sigma_mm = 1.5 * Math.max(x, y);
  const depth_mm = thicknessOf_mm(segmentation.images) ?? 4 * sigma_mm;
  return throughBox(segmentation, Math.ceil((3 * sigma_mm) / Math.min(x, y)), (mask) =>
    smoothed(mask, [x, y, depth_mm], sigma_mm),
  );
}

/** Change the segment within the box that holds it, with a margin in pixels. */
function throughBox(segmentation: Segmentation, margin: number, change: (mask: Mask) => Mask): number[] {
  const box = boxOf(segmentation, margin);
  if (!box) return [];
  const { columns } = segmentation.raster;
  const label = segmentation.activeLabel;
  const [nx, ny, nz] = box.size;
  const mask = emptyMask(box.size);
  const each = (act: (at: number, image: number, pixel: number) => void) => {
    for (let z = 0, at = 0; z < nz; z += 1)
      for (let y = 0; y < ny; y += 1)
        for (let x = 0; x < nx; x += 1, at += 1)
          act(at, box.from[2] + z, box.from[0] + x + columns * (box.from[1] + y));
  };
  each((at, image, pixel) => {
    mask.voxels[at] = segmentation.labels[image]?.[pixel] === label ? 1 : 0;
  });
  const { voxels } = change(mask);
  const changed = new Set<number>();
  each((at, image, pixel) => {
    const labels = segmentation.labels[image];
    if (!labels) return;
    const now = labels[pixel];
    if (voxels[at] === 1 && now === 0) labels[pixel] = label;
    else if (voxels[at] === 0 && now === label) labels[pixel] = 0;
    else return;
    changed.add(image);
  });
  return [...changed];
}

function boxOf(segmentation: Segmentation, margin: number): (Pick<Mask, "size"> & { from: Place }) | undefined {
  const { columns, rows } = segmentation.raster;
  const label = segmentation.activeLabel;
  const from = [columns, rows, segmentation.images.length];
  const to = [-1, -1, -1];
  for (const [image, labels] of segmentation.labels.entries()) {
    if (!segmentation.labelsOn(image).has(label)) continue;
    for (let at = labels.indexOf(label); at >= 0; at = labels.indexOf(label, at + 1)) {
      for (const [axis, value] of [at % columns, Math.floor(at / columns), image].entries()) {
        from[axis] = Math.min(from[axis] as number, value);
        to[axis] = Math.max(to[axis] as number, value);
      }
    }
  }
  if ((to[0] as number) < 0) return undefined;
  const ends = [columns, rows, segmentation.images.length];
  const low = from.map((value) => Math.max(0, value - margin)) as unknown as Place;
  const high = to.map((value, axis) => Math.min((ends[axis] as number) - 1, value + margin));
  return { from: low, size: low.map((value, axis) => (high[axis] as number) - value + 1) as unknown as Place };
}

function maskOf(labels: Uint8Array, label: number): Uint8Array {
  return Uint8Array.from(labels, (value) => (value === label ? 1 : 0));
}

function put(segmentation: Segmentation, image: number, mask: Uint8Array): boolean {
  const labels = segmentation.labels[image];
  if (!labels) return false;
  let isChanged = false;
  for (let at = mask.indexOf(1); at >= 0; at = mask.indexOf(1, at + 1)) {
    if (labels[at] !== 0) continue;
    labels[at] = segmentation.activeLabel;
    isChanged = true;
  }
  return isChanged;
}

/** Return where the images lie along their normal; by their order where they do not say. */
function heights_mm(images: readonly StudyImage[]): number[] {
  if (images.some(({ frameOfReferenceUid }) => !frameOfReferenceUid)) return images.map((_, index) => index);
  const { alongRow, alongColumn } = (images[0] as StudyImage).geometry;
  const normal = cross(alongRow, alongColumn);
  return images.map(({ geometry }) => dot(geometry.position_mm, normal) / norm(normal));
}
