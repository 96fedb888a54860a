/**
 * Drag marks a region; its values become the window: from the smallest to the largest, around the mean.
 *
 * Cornerstone's own reading of the region takes pixels of the screen for pixels of the image, which holds at one size of
 * the picture only. Here the region is read where it lies, on images and on planes through volumes.
 */
import {
  type Types as Core,
  utilities as core,
  getEnabledElement,
  StackViewport,
  VolumeViewport,
} from "@cornerstonejs/core";
import { WindowLevelRegionTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

const MOST_SAMPLES_A_SIDE = 128;
const NARROWEST = 1e-6;

class RegionWindowing extends WindowLevelRegionTool {
  static override toolName = WindowLevelRegionTool.toolName;

  constructor(...given: ConstructorParameters<typeof WindowLevelRegionTool>) {
    super(...given);
    this.applyWindowLevelRegion = (annotation, element) => {
      const viewport = getEnabledElement(element)?.viewport;
      if (!(viewport instanceof StackViewport || viewport instanceof VolumeViewport)) return;
      const corners = annotation.data.handles.points.map((point: Core.Point3) => viewport.worldToCanvas(point));
      const values = valuesIn(viewport, corners[0], corners[3]);
      if (values.length === 0) return;
      const least = values.reduce((a, b) => Math.min(a, b));
      const most = values.reduce((a, b) => Math.max(a, b));
      const mean = values.reduce((a, b) => a + b) / values.length;
      const half = Math.max(most - least, NARROWEST * Math.max(1, Math.abs(mean))) / 2;
      viewport.setProperties({ voiRange: { lower: mean - half, upper: mean + half } });
      viewport.render();
    };
  }
}

/** Return values between two corners on the screen; what lies outside of the image is left out. */
function valuesIn(viewport: StackViewport | VolumeViewport, a?: Core.Point2, b?: Core.Point2): number[] {
  if (!a || !b) return [];
  const n = (k: 0 | 1) => Math.min(MOST_SAMPLES_A_SIDE, Math.max(1, Math.round(Math.abs(b[k] - a[k]))));
  const at = (k: 0 | 1, step: number) => a[k] + ((b[k] - a[k]) * (step + 0.5)) / n(k);
  const read = viewport instanceof StackViewport ? ofStack(viewport) : ofVolume(viewport);
  const values: number[] = [];
  for (let row = 0; row < n(1); row++) {
    for (let column = 0; column < n(0); column++) {
      const value = read?.(viewport.canvasToWorld([at(0, column), at(1, row)]));
      if (value !== undefined && Number.isFinite(value)) values.push(value);
    }
  }
  return values;
}

function ofStack(viewport: StackViewport) {
  const image = viewport.getCornerstoneImage();
  const placed = viewport.getImageData()?.imageData;
  if (!image || !placed || image.color) return undefined;
  const pixels = image.getPixelData();
  return (world: Core.Point3) => {
    const [column = -1, row = -1] = core.transformWorldToIndex(placed, world);
    const isInside = column >= 0 && row >= 0 && column < image.columns && row < image.rows;
    return isInside ? Number(pixels[row * image.columns + column]) : undefined;
  };
}

function ofVolume(viewport: VolumeViewport) {
  const data = viewport.getImageData();
  const voxels = data?.voxelManager as { getAtIJK(i: number, j: number, k: number): unknown } | undefined;
  if (!data || !voxels) return undefined;
  return (world: Core.Point3) => {
    const [i = -1, j = -1, k = -1] = core.transformWorldToIndex(data.imageData, world);
    const isInside = [i, j, k].every((index, axis) => index >= 0 && index < (data.dimensions[axis] ?? 0));
    return isInside ? Number(voxels.getAtIJK(i, j, k)) : undefined;
  };
}

export const regionWindowing: PointerTool = {
  name: RegionWindowing.toolName,
  id: "region-windowing",
  key: "W",
  kind: "view",
  tool: RegionWindowing,
};
