/** The first image of a cell, fetched by few lines of code: what it is, and how it is drawn into a canvas. */
import { frameBytes } from "../dicomweb/frame-bytes";
import { items, number, text } from "../dicomweb/json-model";
import { instancePath } from "../dicomweb/retrieve";
import { send } from "../http/request";
import type { Cell } from "../layout/layout";
import { isUptake } from "../overlays/suv";
import { linkRate_per_s } from "../progressive/link-speed";
import { rangeOf, type ValueRange, windowOf } from "../tools/window";
import { type Frame, framesOf, pixelSpacing_mm } from "../viewport/frames";
import { openingIndex } from "../viewport/opening-index";
import { hasExactWindow } from "../viewport/presets";
import { metadataAhead } from "../viewport/to-open";
import { drawColour, drawGrey, fitted, fullRange, type Stored, valuesOf } from "./drawing";

export type Draw = (canvas: HTMLCanvasElement) => void;

/** Frames that are on their way, by instance: cells may show one in several windows. */
export type Fetched = Map<string, Promise<Uint8Array[]>>;

/** Larger frames come faster as a picture of the server's. */
const MOST_BYTES = 8_000_000;
/** Over a line on which a frame takes longer, the viewport's own coarse picture comes first, and needs the line. */
const LONGEST_S = 0.5;

/**
 * Return how the image that a cell opens with is drawn, or undefined where only the viewport itself shows it rightly:
 * planes and volumes, turned and framed pictures, functional groups, tables, and uptake of PET.
 */
export async function openingPicture(cell: Cell, fetched: Fetched): Promise<Draw | undefined> {
  const { studyUid, seriesUid, settings } = cell;
  const isTurned = settings.rotation_deg || settings.isFlippedHorizontally || settings.isFlippedVertically;
  if (cell.kind !== "stack" || settings.drawnBy === "server" || settings.framing || isTurned) return undefined;
  const all = framesOf(await metadataAhead(studyUid, seriesUid));
  const frames = cell.instanceUids ? all.filter(({ instanceUid }) => cell.instanceUids?.includes(instanceUid)) : all;
  const frame = frames[openingIndex(frames)];
  if (!frame || !isPlain(frame)) return undefined;
  const range = settings.window ? rangeOf(settings.window, true) : statedRange(frame);
  return number(frame.dataset, "SamplesPerPixel") === 1
    ? greyPicture(cell, frame, range, fetched)
    : colourPicture(cell, frame);
}

function isPlain({ dataset, groups }: Frame): boolean {
  const isTabled = items(dataset, "ModalityLutSequence").length + items(dataset, "VoiLutSequence").length > 0;
  const hasOddShape =
    text(dataset, "PresentationLutShape") === "INVERSE" || text(dataset, "VoiLutFunction") === "SIGMOID";
  return groups.length === 0 && !isTabled && !hasOddShape && !isUptake(dataset);
}

function statedRange(frame: Frame): ValueRange | undefined {
  const [center, width] = [number(frame.dataset, "WindowCenter"), number(frame.dataset, "WindowWidth")];
  if (center === undefined || width === undefined) return undefined;
  return rangeOf({ center, width }, hasExactWindow(frame));
}

async function greyPicture(
  cell: Cell,
  frame: Frame,
  stated: ValueRange | undefined,
  fetched: Fetched,
): Promise<Draw | undefined> {
  const { dataset } = frame;
  const photometric = text(dataset, "PhotometricInterpretation");
  const stored = storedOf(frame);
  if (!stored || !/^MONOCHROME[12]$/.test(photometric)) return undefined;
  const isInverse = (photometric === "MONOCHROME1") !== (cell.settings.isInverted ?? false);
  const n_bytes = (stored.columns * stored.rows * stored.bitsAllocated) / 8;
  if (n_bytes / (linkRate_per_s() ?? Number.POSITIVE_INFINITY) > LONGEST_S) return undefined;
  if (n_bytes > MOST_BYTES) {
    return stated && cell.settings.isInverted === undefined ? rendered(cell, frame, windowOf(stated, true)) : undefined;
  }
  const name = `${frame.instanceUid} ${frame.frameNumber}`;
  const coming = fetched.get(name) ?? frameBytes(cell.studyUid, cell.seriesUid, frame.instanceUid, [frame.frameNumber]);
  fetched.set(name, coming);
  const [bytes] = await coming;
  const shown = bytes && valuesOf(bytes, stored);
  if (!shown) return undefined;
  const range = stated ?? fullRange(shown);
  const size_mm = sizeOf(frame);
  return (canvas) => {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    const target = context.createImageData(canvas.width, canvas.height);
    drawGrey(target, shown, stored, fitted(size_mm, canvas.width, canvas.height), range, isInverse);
    context.putImageData(target, 0, 0);
  };
}

async function colourPicture(cell: Cell, frame: Frame): Promise<Draw | undefined> {
  return cell.settings.window || cell.settings.isInverted ? undefined : rendered(cell, frame, undefined);
}

/** A picture that the server draws in this window. */
async function rendered(
  { studyUid, seriesUid }: Cell,
  frame: Frame,
  window: { center: number; width: number } | undefined,
): Promise<Draw> {
  const asked = window ? `?window=${window.center},${window.width},linear-exact` : "";
  const path = `${instancePath(studyUid, seriesUid, frame.instanceUid)}/frames/${frame.frameNumber}/rendered${asked}`;
  const answer = await send(path, { headers: { Accept: "image/png" }, priority: "high" });
  const picture = pixelsOf(await createImageBitmap(await answer.blob()));
  const size_mm = sizeOf(frame);
  return (canvas) => {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context || !picture) return;
    const target = context.createImageData(canvas.width, canvas.height);
    drawColour(target, picture, fitted(size_mm, canvas.width, canvas.height));
    context.putImageData(target, 0, 0);
  };
}

function pixelsOf(picture: ImageBitmap): ImageData | undefined {
  const { width, height } = picture;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context?.drawImage(picture, 0, 0);
  return context?.getImageData(0, 0, width, height);
}

function storedOf({ dataset }: Frame): Stored | undefined {
  const of = (keyword: "Rows" | "Columns" | "BitsAllocated" | "BitsStored") => number(dataset, keyword);
  const [rows, columns, bitsAllocated] = [of("Rows"), of("Columns"), of("BitsAllocated")];
  if (!rows || !columns || (bitsAllocated !== 8 && bitsAllocated !== 16)) return undefined;
  const bitsStored = of("BitsStored") ?? bitsAllocated;
  return {
    rows,
    columns,
    bitsAllocated,
    bitsStored,
    highBit: number(dataset, "HighBit") ?? bitsStored - 1,
    isSigned: number(dataset, "PixelRepresentation") === 1,
    slope: number(dataset, "RescaleSlope") ?? 1,
    intercept: number(dataset, "RescaleIntercept") ?? 0,
  };
}

function sizeOf(frame: Frame): { width: number; height: number } {
  const { row, column } = pixelSpacing_mm(frame) ?? { row: 1, column: 1 };
  return {
    width: (number(frame.dataset, "Columns") ?? 1) * column,
    height: (number(frame.dataset, "Rows") ?? 1) * row,
  };
}
