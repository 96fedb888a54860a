/**
 * A mask with its surface rounded off: inside is what the mask, blurred by a Gaussian, holds for at least a half.
 *
 * The width is in mm along every axis, so that oblong voxels are rounded alike.
 */
import { emptyMask, type Mask } from "./volume-of-labels";

/** Return the smoothed mask. `spacing_mm` is that of columns, rows and images. */
export function smoothed(mask: Mask, spacing_mm: readonly [number, number, number], sigma_mm: number): Mask {
  const [nx, ny, nz] = mask.size;
  const strides = [1, nx, nx * ny] as const;
  let values = Float32Array.from(mask.voxels);
  for (const axis of [0, 1, 2] as const) {
    const kernel = gaussian(sigma_mm / spacing_mm[axis]);
    if (kernel.length > 1 && mask.size[axis] > 1) values = blurred(values, mask.size[axis], strides[axis], kernel);
  }
  const made = emptyMask([nx, ny, nz]);
  // Single precision: a half is met on the plane between inside and outside.
  for (let at = 0; at < values.length; at += 1) made.voxels[at] = (values[at] as number) >= 0.5 - 1e-6 ? 1 : 0;
  return made;
}

/** Return half of a normalised Gaussian, its middle first. */
function gaussian(sigma: number): number[] {
  const reach = Math.ceil(3 * sigma);
  const raw = Array.from({ length: reach + 1 }, (_, distance) => Math.exp(-(distance ** 2) / (2 * sigma ** 2 || 1)));
  const total = raw.reduce((sum, value, distance) => sum + (distance === 0 ? value : 2 * value), 0);
  return raw.map((value) => value / total);
}

/** Blur along one axis; outside of the box is as at its border. */
function blurred(
  values: Float32Array<ArrayBuffer>,
  length: number,
  stride: number,
  kernel: readonly number[],
): Float32Array<ArrayBuffer> {
  const made = new Float32Array(values.length);
  const block = length * stride;
  const line = new Float32Array(length);
  for (let start = 0; start < values.length; start += block) {
    for (let offset = 0; offset < stride; offset += 1) {
      const first = start + offset;
      let isEmpty = true;
      for (let at = 0; at < length; at += 1) {
        line[at] = values[first + at * stride] as number;
        if (line[at] !== 0) isEmpty = false;
      }
      if (isEmpty) continue;
      for (let at = 0; at < length; at += 1) {
        let sum = (line[at] as number) * (kernel[0] as number);
        for (let distance = 1; distance < kernel.length; distance += 1) {
          const below = line[Math.max(0, at - distance)] as number;
          const above = line[Math.min(length - 1, at + distance)] as number;
          sum += (below + above) * (kernel[distance] as number);
        }
        made[first + at * stride] = sum;
      }
    }
  }
  return made;
}
