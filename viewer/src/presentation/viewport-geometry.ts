/** Between the pixels of an image and the canvas of the viewport that shows it. */
import type { StackViewport } from "@cornerstonejs/core";
import { type ImageGeometry, toImage, toPatient } from "../measurements/image-geometry";
import type { ImagePoint } from "../measurements/measurement";
import { type OrientationOnScreen, orientationOnScreen, type ScreenVector } from "./orientation-on-screen";
import { type DisplayedArea, edgesOf } from "./presentation-state";

/** Return the place on the canvas, in CSS pixels, of a point of the image (from its corner). */
export function onCanvas(viewport: StackViewport, geometry: ImageGeometry, point: ImagePoint): ScreenVector {
  const [x, y] = viewport.worldToCanvas([...toPatient(geometry, point)]);
  return [x, y];
}

export function orientationOf(viewport: StackViewport, geometry: ImageGeometry): OrientationOnScreen {
  const [x, y] = onCanvas(viewport, geometry, [0, 0]);
  const [rightX, rightY] = onCanvas(viewport, geometry, [1, 0]);
  const [downX, downY] = onCanvas(viewport, geometry, [0, 1]);
  return orientationOnScreen([rightX - x, rightY - y], [downX - x, downY - y]);
}

/** Turn the image as wanted. What Cornerstone turns and flips first depends on how it draws: the outcome is measured. */
export function orient(viewport: StackViewport, geometry: ImageGeometry, wanted: OrientationOnScreen): void {
  for (const flipHorizontal of [false, true]) {
    for (const rotation of [0, 90, 180, 270]) {
      viewport.setCamera({ flipHorizontal, flipVertical: false });
      viewport.setViewPresentation({ rotation });
      const now = orientationOf(viewport, geometry);
      if (now.rotation_deg === wanted.rotation_deg && now.isFlipped === wanted.isFlipped) return;
    }
  }
}

/** Return the part of the image that fills the canvas: within the image where that shows the same. */
export function shownArea(viewport: StackViewport, geometry: ImageGeometry): DisplayedArea {
  const { clientWidth, clientHeight } = viewport.canvas;
  const corners = [viewport.canvasToWorld([0, 0]), viewport.canvasToWorld([clientWidth, clientHeight])];
  const [start, end] = corners.map((corner) => toImage(geometry, corner).point_px);
  const ends = ([0, 1] as const).map((axis) => pixelsBetween(start?.[axis] ?? 0, end?.[axis] ?? 0));
  const [[left, right] = [1, 1], [top, bottom] = [1, 1]] = ends;
  const filling = areaFrom([left, top], [right, bottom]);
  const [columns, rows] = viewport.getImageData()?.dimensions ?? [1, 1];
  const within = areaFrom([inside(left, columns), inside(top, rows)], [inside(right, columns), inside(bottom, rows)]);
  const [wanted, got] = [filling, within].map((area) => viewOf(viewport, geometry, area));
  const isSame =
    wanted &&
    got &&
    Math.abs(got.halfHeight_mm / wanted.halfHeight_mm - 1) < 0.005 &&
    got.center.every((value, axis) => Math.abs(value - (wanted.center[axis] ?? 0)) <= 1);
  return isSame ? within : filling;
}

function areaFrom(topLeft: ScreenVector, bottomRight: ScreenVector): DisplayedArea {
  return { topLeft, bottomRight, sizeMode: "SCALE TO FIT", magnification: undefined };
}

function inside(pixel: number, nPixels: number): number {
  return Math.min(nPixels, Math.max(1, pixel));
}

/** Return the first and the last pixel between two places, in this direction, counted from 1. */
function pixelsBetween(from: number, to: number): [number, number] {
  const [first, last] = [Math.round(from), Math.round(to)];
  return first <= last ? [first + 1, last] : [first, last + 1];
}

/** Return where the middle of the canvas lies when the area fits into it, and how much of the patient it spans. */
function viewOf(viewport: StackViewport, geometry: ImageGeometry, area: DisplayedArea) {
  const { clientWidth, clientHeight } = viewport.canvas;
  const { left, top, right, bottom } = edgesOf(area);
  const width_mm = (right - left) * geometry.columnSpacing_mm;
  const height_mm = (bottom - top) * geometry.rowSpacing_mm;
  const isOnItsSide = orientationOf(viewport, geometry).rotation_deg % 180 !== 0;
  const [across_mm, up_mm] = isOnItsSide ? [height_mm, width_mm] : [width_mm, height_mm];
  return {
    center: [(left + right) / 2, (top + bottom) / 2] as const,
    halfHeight_mm: Math.max(up_mm, (across_mm * clientHeight) / clientWidth) / 2,
  };
}

/** Fit the area into the viewport. The size of the screen is not known: true size is shown as fitted. */
export function showArea(viewport: StackViewport, geometry: ImageGeometry, area: DisplayedArea): void {
  const { center, halfHeight_mm } = viewOf(viewport, geometry, area);
  const magnified_mm = (viewport.canvas.clientHeight * geometry.columnSpacing_mm) / (2 * (area.magnification ?? 1));
  const focalPoint = toPatient(geometry, center);
  const { focalPoint: before = [0, 0, 0], position = [0, 0, 1] } = viewport.getCamera();
  const moved = [0, 1, 2].map((axis) => (position[axis] ?? 0) + (focalPoint[axis] ?? 0) - (before[axis] ?? 0));
  viewport.setCamera({
    focalPoint: [...focalPoint],
    position: moved as [number, number, number],
    parallelScale: area.sizeMode === "MAGNIFY" ? magnified_mm : halfHeight_mm,
  });
}
