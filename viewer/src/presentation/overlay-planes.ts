/**
 * Overlay planes: pictures of one bit per pixel that lie over an image, in a presentation state or in the image itself.
 *
 * Source: DICOM PS3.3 sec. C.9.2 (Overlay Plane), C.11.7 (Overlay Activation), C.7.6.11 (bitmap shutter); PS3.5 sec. 8.1.2.
 */
import type { Dataset } from "../dicomweb/json-model";
import { bytesOf } from "../dicomweb/palette";
import type { Point } from "./presentation-state";

export interface OverlayPlane {
  /** 0x6000 to 0x601e, even. */
  group: number;
  rows: number;
  columns: number;
  /** Row and column of its first pixel in the image, counted from 1. */
  origin: readonly [row: number, column: number];
  /** One byte for each pixel, 1 where it is marked. */
  pixels: Uint8Array;
}

/** An overlay that a state shows: its own plane, or that of the images. */
export interface ActiveOverlay {
  group: number;
  /** Name of the graphic layer in which it lies; "" for one that is a shutter only. */
  layer: string;
  /** Undefined where the plane lies in the images. */
  plane: OverlayPlane | undefined;
}

const GROUPS = Array.from({ length: 16 }, (_, index) => 0x6000 + 2 * index);

function tag(group: number, element: string): string {
  return group.toString(16).toUpperCase() + element;
}

/** Return the planes of a data set; bits that are bulk data are fetched. */
export async function overlayPlanes(dataset: Dataset): Promise<OverlayPlane[]> {
  const found = await Promise.all(GROUPS.map((group) => overlayPlane(dataset, group)));
  return found.filter((plane) => plane !== undefined);
}

export async function overlayPlane(dataset: Dataset, group: number): Promise<OverlayPlane | undefined> {
  const numbers = (element: string) => (dataset[tag(group, element)]?.Value ?? []).map(Number);
  const [rows, columns] = [numbers("0010")[0], numbers("0011")[0]];
  const [row = 1, column = 1] = numbers("0050");
  if (!rows || !columns || !dataset[tag(group, "3000")]) return undefined;
  const bytes = await bytesOf(dataset, tag(group, "3000"));
  if (!bytes || bytes.length * 8 < rows * columns) {
    throw new Error(`Overlay ${tag(group, "xx")} has ${bytes?.length ?? 0} bytes; ${rows} x ${columns} bits are more.`);
  }
  const pixels = Uint8Array.from({ length: rows * columns }, (_, at) => ((bytes[at >> 3] as number) >> (at & 7)) & 1);
  return { group, rows, columns, origin: [row, column], pixels };
}

/** Return what a state activates; planes of its own are those given. */
export function activeOverlays(dataset: Dataset, planes: readonly OverlayPlane[]): ActiveOverlay[] {
  return GROUPS.flatMap((group) => {
    const layer = String(dataset[tag(group, "1001")]?.Value?.[0] ?? "").trim();
    const plane = planes.find((one) => one.group === group);
    return layer || plane ? [{ group, layer, plane }] : [];
  });
}

/** Return the elements that say so. */
export function overlayElements(overlays: readonly ActiveOverlay[]): Dataset {
  const made: Dataset = {};
  for (const { group, layer, plane } of overlays) {
    if (layer) made[tag(group, "1001")] = { vr: "CS", Value: [layer] };
    if (!plane) continue;
    const { rows, columns, origin, pixels } = plane;
    made[tag(group, "0010")] = { vr: "US", Value: [rows] };
    made[tag(group, "0011")] = { vr: "US", Value: [columns] };
    made[tag(group, "0040")] = { vr: "CS", Value: ["G"] };
    made[tag(group, "0050")] = { vr: "SS", Value: [...origin] };
    made[tag(group, "0100")] = { vr: "US", Value: [1] };
    made[tag(group, "0102")] = { vr: "US", Value: [0] };
    made[tag(group, "3000")] = { vr: "OW", InlineBinary: packed(pixels) };
  }
  return made;
}

function packed(pixels: Uint8Array): string {
  const bytes = new Uint8Array(2 * Math.ceil(pixels.length / 16));
  for (const [at, pixel] of pixels.entries()) if (pixel) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
  return btoa([...bytes].map((byte) => String.fromCharCode(byte)).join(""));
}

/** Return the marked pixels as an SVG path in pixels from the corner of the image, a box for each run. */
export function overlayPath({ rows, columns, origin, pixels }: OverlayPlane): string {
  const [top, left] = [origin[0] - 1, origin[1] - 1];
  const parts: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const end = (row + 1) * columns;
    for (let at = pixels.indexOf(1, row * columns); at >= 0 && at < end; ) {
      let stop = at + 1;
      while (stop < end && pixels[stop] === 1) stop += 1;
      parts.push(`M${left + (at % columns)} ${top + row}h${stop - at}v1h${at - stop}z`);
      at = pixels.indexOf(1, stop);
    }
  }
  return parts.join("");
}

/** Return the way from pixels to the canvas as an SVG transform. */
export function pixelTransform(onCanvas: (point: Point) => Point): string {
  const [x, y] = onCanvas([0, 0]);
  const [rightX, rightY] = onCanvas([1, 0]);
  const [downX, downY] = onCanvas([0, 1]);
  return `matrix(${[rightX - x, rightY - y, downX - x, downY - y, x, y].join(" ")})`;
}
