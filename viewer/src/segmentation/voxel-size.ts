/** How much of the patient a pixel of each image stands for. */
import type { StudyImage } from "../measurements/study-images";
import { cross, dot, norm, times } from "../overlays/vectors";
import { frameNumbers } from "../viewport/frames";

/** Return for each image the volume of one pixel in mm³; undefined where the object does not say where it lies. */
export function pixelVolumes_mm3(images: readonly StudyImage[]): number[] | undefined {
  const depths = depths_mm(images);
  return (
    depths && images.map(({ geometry }, at) => geometry.columnSpacing_mm * geometry.rowSpacing_mm * (depths[at] ?? 0))
  );
}

/**
 * Return how far each image reaches: half the way to its neighbours on both sides, at the ends as far outwards as
 * inwards. One image alone has its slice thickness.
 */
export function depths_mm(images: readonly StudyImage[]): number[] | undefined {
  const [first] = images;
  if (!first || images.some(({ frameOfReferenceUid }) => !frameOfReferenceUid)) return undefined;
  const raw = cross(first.geometry.alongRow, first.geometry.alongColumn);
  const normal = times(raw, 1 / norm(raw));
  const heights = images.map(({ geometry }, index) => ({ index, height: dot(geometry.position_mm, normal) }));
  heights.sort((a, b) => a.height - b.height);
  if (heights.length === 1) {
    const stated = statedThickness_mm(first);
    return stated === undefined ? undefined : [stated];
  }
  const depths = new Array<number>(images.length).fill(0);
  const gap = (at: number) => {
    const [low, high] = [heights[at - 1], heights[at]];
    return low && high ? high.height - low.height : undefined;
  };
  for (const [at, { index }] of heights.entries()) {
    const [below, above] = [gap(at), gap(at + 1)];
    depths[index] = ((below ?? above ?? 0) + (above ?? below ?? 0)) / 2;
  }
  return depths;
}

/** Return the usual depth of an image. */
export function thicknessOf_mm(images: readonly StudyImage[]): number | undefined {
  const sorted = [...(depths_mm(images) ?? [])].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  return median && median > 0 ? median : images[0] && statedThickness_mm(images[0]);
}

function statedThickness_mm({ frame }: StudyImage): number | undefined {
  const [stated] = frameNumbers(frame, "PixelMeasuresSequence", "SliceThickness");
  return stated && stated > 0 ? stated : undefined;
}
