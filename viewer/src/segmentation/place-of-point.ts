/** The pixel that lies at a point in the patient. */
import { toImage } from "../measurements/image-geometry";
import type { Vector } from "../overlays/vectors";
import type { Place } from "./grow";
import type { Segmentation } from "./Segmentation";

/** Return column, row and image of the nearest image's pixel; undefined outside of it. */
export function placeOfPoint({ images, raster }: Segmentation, point_mm: Vector, image?: number): Place | undefined {
  let best: { distance_mm: number; place: Place } | undefined;
  for (const [index, { geometry }] of images.entries()) {
    if (image !== undefined && index !== image) continue;
    const { point_px, distance_mm } = toImage(geometry, point_mm);
    if (best && best.distance_mm <= distance_mm) continue;
    best = { distance_mm, place: [Math.floor(point_px[0]), Math.floor(point_px[1]), index] };
  }
  const [x, y] = best?.place ?? [-1, -1];
  return x >= 0 && y >= 0 && x < raster.columns && y < raster.rows ? best?.place : undefined;
}
