/** How much each segment marks. */
import { runsOf } from "./label-runs";
import type { Segmentation } from "./Segmentation";
import { pixelVolumes_mm3 } from "./voxel-size";

export interface Extent {
  nPixels: number;
  /** Undefined where the images do not say where they lie. */
  volume_mL: number | undefined;
  /** Image with most of it. */
  largestImage: number;
}

const known = new WeakMap<Uint8Array, { runs: unknown; counts: ReadonlyMap<number, number> }>();

/** Return what is marked by label; labels that mark nothing are left out. */
export function extentsOf(segmentation: Segmentation): ReadonlyMap<number, Extent> {
  const volumes = pixelVolumes_mm3(segmentation.images);
  const found = new Map<number, { nPixels: number; volume_mm3: number; largestImage: number; most: number }>();
  for (const [layerIndex, layer] of segmentation.layers.entries()) {
    for (const [image, labels] of layer.entries()) {
      const counts = layerIndex === 0 ? countsOf(labels, segmentation.runsAt(image)) : countsIn(runsOf(labels));
      for (const [label, count] of counts) {
        const one = found.get(label) ?? { nPixels: 0, volume_mm3: 0, largestImage: image, most: 0 };
        one.nPixels += count;
        one.volume_mm3 += count * (volumes?.[image] ?? 0);
        if (count > one.most) Object.assign(one, { most: count, largestImage: image });
        found.set(label, one);
      }
    }
  }
  return new Map(
    [...found].map(([label, { nPixels, volume_mm3, largestImage }]) => [
      label,
      { nPixels, volume_mL: volumes && volume_mm3 / 1000, largestImage },
    ]),
  );
}

export function volumeText(extent: Extent | undefined): string {
  if (!extent) return "–";
  if (extent.volume_mL === undefined) return `${extent.nPixels} px`;
  const digits = extent.volume_mL < 10 ? 2 : extent.volume_mL < 100 ? 1 : 0;
  return `${extent.volume_mL.toFixed(digits)} mL`;
}

function countsOf(labels: Uint8Array, runs: Uint32Array | undefined): ReadonlyMap<number, number> {
  if (!runs) return NONE;
  const before = known.get(labels);
  if (before?.runs === runs) return before.counts;
  const counts = countsIn(runs);
  known.set(labels, { runs, counts });
  return counts;
}

const NONE: ReadonlyMap<number, number> = new Map();

function countsIn(runs: Uint32Array): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let at = 0; at < runs.length; at += 2) {
    const label = runs[at] as number;
    if (label !== 0) counts.set(label, (counts.get(label) ?? 0) + (runs[at + 1] as number));
  }
  return counts;
}
