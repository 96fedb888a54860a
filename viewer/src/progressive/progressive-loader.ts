/**
 * On a slow line frames come as HTJ2K by resolution: a coarse picture from the first bytes, then the rest of them.
 *
 * On a fast one they come as they are stored, which costs neither side any work.
 */
import { imageLoader, metaData, type Types, utilities } from "@cornerstonejs/core";
import { createImage, wadors } from "@cornerstonejs/dicom-image-loader";
import { type Dataset, number, text } from "../dicomweb/json-model";
import { levelWithin, resolutionsOf } from "./codestream";
import { enlarged } from "./enlarge";
import { linkRate_per_s, watchTransfers } from "./link-speed";
import { keptPrefix, type Prefix, prefixOf, SYNTAX, wholeFrame } from "./prefixes";

/** A frame that takes longer than this as it is stored is fetched coarse first. */
const SLOW_S = 0.2;
/** A picture that was halved more often than this shows too little. */
const COARSEST = 4;

type Options = Parameters<typeof wadors.loadImage>[1];

/** What each viewport waits for: a frame that was only passed by is not fetched to its end. */
const awaited = new Map<string, string>();

/** Say which frame a viewport waits for, or that it waits for none. */
export function awaitFrame(viewportId: string, imageId: string | undefined): void {
  if (imageId) awaited.set(viewportId, imageId);
  else awaited.delete(viewportId);
}

/** Thrown for a frame that nobody looks at any more; it carries a request, as every failure of the loader does. */
export class PassedBy extends Error {
  constructor(readonly request: XMLHttpRequest) {
    super("Another image is looked at by now.");
  }
}

export function wasPassedBy(thrown: unknown): boolean {
  return thrown instanceof PassedBy || (thrown as { error?: unknown } | undefined)?.error instanceof PassedBy;
}

/** Let Cornerstone's loader of frames be asked through this one. */
export function loadProgressively(): void {
  watchTransfers();
  imageLoader.registerImageLoader("wadors", ((imageId: string, options: Options) =>
    isProgressive(imageId)
      ? { promise: load(imageId, options) }
      : wadors.loadImage(imageId, options)) as unknown as Types.ImageLoaderFn);
}

/** Whether a frame comes coarse first: grey, nothing lost yet, and slow to come as it is stored. */
export function isProgressive(imageId: string): boolean {
  const dataset = wadors.metaDataManager.get(imageId) as Dataset | undefined;
  const rate_per_s = linkRate_per_s();
  if (!dataset || rate_per_s === undefined || !canComeByResolution(dataset)) return false;
  return storedBytes(dataset) / rate_per_s > SLOW_S;
}

/** Whether the first bytes of a frame are here. */
export function isBegun(imageId: string): boolean {
  return keptPrefix(addressOf(imageId)) !== undefined;
}

/** Fetch the first bytes of a frame, for when it is looked at. */
export async function beginFrame(imageId: string): Promise<void> {
  await prefixOf(addressOf(imageId));
}

/** Return the coarse picture of a frame, at the size of the whole one; undefined when there is none to be had. */
export async function coarseImage(imageId: string): Promise<Types.IImage | undefined> {
  // Without a stated window the whole picture decides over it: a coarse one would be shown in another.
  const { windowCenter } = (metaData.get("voiLutModule", imageId) ?? {}) as { windowCenter?: unknown[] };
  if (!windowCenter?.length) return undefined;
  const { bytes, total_bytes } = await prefixOf(addressOf(imageId));
  const resolutions = resolutionsOf(bytes);
  const level = resolutions && levelWithin(resolutions, bytes.length);
  if (!resolutions || bytes.length >= total_bytes || !level || level > COARSEST) return undefined;
  const coarse = await decoded(imageId, bytes, { decodeLevel: level });
  const { columns, rows } = resolutions;
  const pixels = enlarged(coarse.getPixelData() as Int16Array, coarse.columns, columns, rows, level);
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    scalarData: pixels,
    width: columns,
    height: rows,
    numberOfComponents: 1,
  });
  return {
    ...coarse,
    columns,
    rows,
    width: columns,
    height: rows,
    sizeInBytes: pixels.byteLength,
    voxelManager,
    getPixelData: () => pixels,
  } as Types.IImage;
}

async function load(imageId: string, options: Options): Promise<Types.IImage> {
  const address = addressOf(imageId);
  const prefix = await prefixOf(address);
  requireInterest(imageId, options, prefix);
  return decoded(imageId, await wholeFrame(address, prefix), { ...options });
}

/** Raises `PassedBy` for a frame that was scrolled to and away from meanwhile. */
function requireInterest(imageId: string, options: Options, { bytes, total_bytes, request }: Prefix): void {
  const isForViewport = options?.requestType === "interaction";
  if (!isForViewport || bytes.length >= total_bytes) return;
  if (awaited.size > 0 && ![...awaited.values()].includes(imageId)) throw new PassedBy(request);
}

function decoded(imageId: string, bytes: Uint8Array, options: object): Promise<Types.IImage> {
  return createImage(imageId, bytes, SYNTAX, options) as Promise<Types.IImage>;
}

function canComeByResolution(dataset: Dataset): boolean {
  const photometric = text(dataset, "PhotometricInterpretation");
  return (
    number(dataset, "SamplesPerPixel") === 1 &&
    (photometric === "MONOCHROME1" || photometric === "MONOCHROME2") &&
    [8, 16].includes(number(dataset, "BitsAllocated") ?? 0) &&
    text(dataset, "LossyImageCompression") !== "01"
  );
}

function storedBytes(dataset: Dataset): number {
  const [nRows, nColumns] = [number(dataset, "Rows") ?? 0, number(dataset, "Columns") ?? 0];
  return (nRows * nColumns * (number(dataset, "BitsAllocated") ?? 16)) / 8;
}

/** The address of a frame is what follows the name of the loader. */
function addressOf(imageId: string): string {
  return imageId.slice("wadors:".length);
}
