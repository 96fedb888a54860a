/** What a presentation state writes over an image, as paths on the canvas. Source: DICOM PS3.3 sec. C.7.6.11, C.10.5. */
import {
  type DisplayedArea,
  edgesOf,
  type GraphicObject,
  type Point,
  type Shutter,
  type TextObject,
  type Units,
} from "./presentation-state";

export type OnCanvas = (point: Point) => Point;

const N_ON_CIRCLE = 72;

/** Return how a point in these units comes onto the canvas; fractions are of the area as it lies on the screen. */
export function placing(units: Units, area: DisplayedArea, onCanvas: OnCanvas): OnCanvas {
  if (units === "PIXEL") return onCanvas;
  const { left, top, right, bottom } = edgesOf(area);
  const [a, b] = [onCanvas([left, top]), onCanvas([right, bottom])];
  const [x, y] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  const [width, height] = [Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])];
  return ([across, down]) => [x + across * width, y + down * height];
}

/** Return the outline of a graphic object, as the `d` of an SVG path. */
export function graphicPath({ type, points }: GraphicObject, place: OnCanvas): string {
  const [a, b, c, d] = points;
  if (type === "POINT" && a) {
    const [x, y] = place(a);
    return `M${x - 4} ${y}H${x + 4}M${x} ${y - 4}V${y + 4}`;
  }
  if (type === "CIRCLE" && a && b) {
    const radius = Math.hypot(b[0] - a[0], b[1] - a[1]);
    return pathOf(around(a, [radius, 0], [0, radius]), place);
  }
  if (type === "ELLIPSE" && a && b && c && d) {
    const half = (p: Point, q: Point): Point => [(q[0] - p[0]) / 2, (q[1] - p[1]) / 2];
    return pathOf(around([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], half(a, b), half(c, d)), place);
  }
  return pathOf(type === "INTERPOLATED" ? smoothed(points) : points, place);
}

/**
 * Return what the shutter covers, as an SVG path to be filled by the even-odd rule. `width` and `height` are those of
 * the canvas; `rowsPerColumn` says how many rows are as long as one column is wide.
 */
export function coveredPath(
  shutter: Exclude<Shutter, { kind: "bitmap" }>,
  { width, height, rowsPerColumn }: { width: number; height: number; rowsPerColumn: number },
  onCanvas: OnCanvas,
): string {
  const whole = `M0 0H${width}V${height}H0Z`;
  // Edges are named by the pixels they lie on, counted from 1; those pixels are still shown.
  const centre = (row: number, column: number): Point => [column - 0.5, row - 0.5];
  switch (shutter.kind) {
    case "rectangle": {
      const [left, right] = [shutter.left - 1, shutter.right];
      const [top, bottom] = [shutter.upper - 1, shutter.lower];
      const corners: Point[] = [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ];
      return `${whole}${pathOf(corners, onCanvas)}Z`;
    }
    case "circle": {
      const { row, column, radius } = shutter;
      // The radius counts pixels along the row; the circle is round for the eye.
      return `${whole}${pathOf(around(centre(row, column), [radius, 0], [0, radius * rowsPerColumn]), onCanvas)}Z`;
    }
    case "polygon":
      return `${whole}${pathOf(
        shutter.vertices.map(([row, column]) => centre(row, column)),
        onCanvas,
      )}Z`;
  }
}

/** Return where the text begins, and the line to its anchor if that is to be seen. */
export function textPlace(
  { box, anchor }: TextObject,
  placeIn: (units: Units) => OnCanvas,
): { at: Point; leader: string } | undefined {
  const [anchored, start] = [anchor && placeIn(anchor.units)(anchor.point), box && placeIn(box.units)(box.topLeft)];
  const end = box && placeIn(box.units)(box.bottomRight);
  // On a turned picture another corner is the upper left one.
  const at = start && end ? ([Math.min(start[0], end[0]), Math.min(start[1], end[1])] as const) : anchored;
  if (!at) return undefined;
  const hasLeader = anchored && start && anchor?.isVisible;
  return { at, leader: hasLeader ? `M${anchored[0]} ${anchored[1]}L${at[0]} ${at[1]}` : "" };
}

function pathOf(points: readonly Point[], place: OnCanvas): string {
  return points.map((point, at) => `${at === 0 ? "M" : "L"}${place(point).join(" ")}`).join("");
}

function around([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): Point[] {
  return Array.from({ length: N_ON_CIRCLE + 1 }, (_, at) => {
    const angle_rad = (2 * Math.PI * at) / N_ON_CIRCLE;
    const [cos, sin] = [Math.cos(angle_rad), Math.sin(angle_rad)];
    return [x + cos * ax + sin * bx, y + cos * ay + sin * by];
  });
}

/** Return a Catmull-Rom curve through the points. */
function smoothed(points: readonly Point[]): Point[] {
  const STEPS = 8;
  const at = (index: number) => points[Math.min(points.length - 1, Math.max(0, index))] as Point;
  return points.slice(0, -1).flatMap((_, index) => {
    const [p0, p1, p2, p3] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    const mix = (axis: 0 | 1, t: number) =>
      0.5 *
      (2 * p1[axis] +
        (p2[axis] - p0[axis]) * t +
        (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t ** 2 +
        (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t ** 3);
    const last = index === points.length - 2 ? 1 : 0;
    return Array.from({ length: STEPS + last }, (_, step): Point => [mix(0, step / STEPS), mix(1, step / STEPS)]);
  });
}
