/** Between the pixels of an image and the canvas of the viewport that shows it. */
import type { StackViewport } from "@cornerstonejs/core";
import { type ImageGeometry, toImage, toPatient } from "../measurements/image-geometry";
import type { ImagePoint } from "../measurements/measurement";
import { type OrientationOnScreen, orientationOnScreen, type ScreenVector } from "./orientation-on-screen";
import type { DisplayedArea } from "./presentation-state";

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

/** Return the part of the image that fills the canvas; it may reach beyond the image. */
export function shownArea(viewport: StackViewport, geometry: ImageGeometry): DisplayedArea {
  const { clientWidth, clientHeight } = viewport.canvas;
  const corners = [viewport.canvasToWorld([0, 0]), viewport.canvasToWorld([clientWidth, clientHeight])];
  const points = corners.map((corner) => toImage(geometry, corner).point_px);
  const columns = points.map(([column]) => column);
  const rows = points.map(([, row]) => row);
  return {
    topLeft: [Math.round(Math.min(...columns)) + 1, Math.round(Math.min(...rows)) + 1],
    bottomRight: [Math.round(Math.max(...columns)), Math.round(Math.max(...rows))],
    sizeMode: "SCALE TO FIT",
    magnification: undefined,
  };
}

/** Fit the area into the viewport. The size of the screen is not known: true size is shown as fitted. */
export function showArea(viewport: StackViewport, geometry: ImageGeometry, area: DisplayedArea): void {
  const { clientWidth, clientHeight } = viewport.canvas;
  const [left, top] = [area.topLeft[0] - 1, area.topLeft[1] - 1];
  const [right, bottom] = area.bottomRight;
  const width_mm = Math.abs(right - left) * geometry.columnSpacing_mm;
  const height_mm = Math.abs(bottom - top) * geometry.rowSpacing_mm;
  const isOnItsSide = orientationOf(viewport, geometry).rotation_deg % 180 !== 0;
  const [across_mm, up_mm] = isOnItsSide ? [height_mm, width_mm] : [width_mm, height_mm];
  const fitted = Math.max(up_mm, (across_mm * clientHeight) / clientWidth) / 2;
  const magnified = (clientHeight * geometry.columnSpacing_mm) / (2 * (area.magnification ?? 1));
  const focalPoint = toPatient(geometry, [(left + right) / 2, (top + bottom) / 2]);
  const { focalPoint: before = [0, 0, 0], position = [0, 0, 1] } = viewport.getCamera();
  const moved = [0, 1, 2].map((axis) => (position[axis] ?? 0) + (focalPoint[axis] ?? 0) - (before[axis] ?? 0));
  viewport.setCamera({
    focalPoint: [...focalPoint],
    position: moved as [number, number, number],
    parallelScale: area.sizeMode === "MAGNIFY" ? magnified : fitted,
  });
}
