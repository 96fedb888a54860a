/** A stack of frames in a viewport, image after image as they were acquired. */
import { cache, Enums, eventTarget, getShouldUseCPURendering, imageLoader, type Types } from "@cornerstonejs/core";
import { number } from "../dicomweb/json-model";
import { endFirstLightOf } from "../first-light/first-light";
import { whenNobodyWaits } from "../http/waited-for";
import type { Framing, Settings } from "../layout/layout";
import { nearestImage } from "../linking/nearest";
import { plus, times, type Vector } from "../overlays/vectors";
import { marksOn, measureAgain } from "../progressive/measured-coarse";
import {
  awaitFrame,
  beginFrame,
  coarseImage,
  isBegun,
  isProgressive,
  wasPassedBy,
} from "../progressive/progressive-loader";
import { mayPass } from "./backoff";
import { requestOf } from "./cornerstone";
import { framed } from "./framed";
import { type Frame, pixelSpacing_mm, planeOf } from "./frames";
import { imageIdsOf } from "./image-ids";
import { loadImage } from "./load-image";
import { openingIndex } from "./opening-index";
import { nextToFetch, reachOf } from "./prefetch-order";
import type { Stage } from "./Stage";
import type { PixelUnderPointer, ViewedPlane } from "./View";
import { pixelIndexAt, ViewportController } from "./ViewportController";
import { whenTime } from "./when-time";

const { Events, ViewportType } = Enums;

export class StackController extends ViewportController {
  private imageIds: string[] = [];
  private frames: readonly Frame[] = [];
  private stop = new AbortController();
  private isAwaiting = false;
  private hasBegun = false;
  /** The coarse picture that is shown, and what was drawn on it before. */
  private coarse: { imageId: string; marks: ReturnType<typeof marksOn> } | undefined;
  /** How a hanging protocol wants it: a reset comes back to this. */
  private hung: Settings = {};
  private framedAs: ViewportController["framing"] | undefined;
  private readonly sized = new ResizeObserver(() => this.frameAgain());

  constructor(stage: Stage, element: HTMLDivElement) {
    super(stage, element, ViewportType.STACK);
    stage.tools.join(this.id, stage.engine.id, "stack");
    this.sized.observe(element);
    element.addEventListener(Events.PRE_STACK_NEW_IMAGE, this.expectFrame);
    element.addEventListener(Events.STACK_NEW_IMAGE, this.tellFrame);
    eventTarget.addEventListener(Events.IMAGE_LOAD_ERROR, this.meetFailure);
    addEventListener("unhandledrejection", this.meetUnanswered);
  }

  override destroy(): void {
    this.stop.abort();
    awaitFrame(this.id, undefined);
    this.sized.disconnect();
    this.element.removeEventListener(Events.PRE_STACK_NEW_IMAGE, this.expectFrame);
    this.element.removeEventListener(Events.STACK_NEW_IMAGE, this.tellFrame);
    eventTarget.removeEventListener(Events.IMAGE_LOAD_ERROR, this.meetFailure);
    removeEventListener("unhandledrejection", this.meetUnanswered);
    super.destroy();
  }

  protected get viewport(): Types.IStackViewport {
    return this.stage.engine.getViewport(this.id) as Types.IStackViewport;
  }

  /** Show a series, starting with the middle frame or the first of a movie, and fetch the rest behind it. */
  async show(frames: readonly Frame[], studyUid: string, seriesUid: string, settings: Settings): Promise<void> {
    this.stop.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.frames = frames;
    this.hung = settings;
    this.hasBegun = false;
    this.imageIds = imageIdsOf(frames, studyUid, seriesUid);
    const first = openingIndex(frames);
    await this.viewport.setStack(this.imageIds, first);
    if (signal.aborted) return;
    if (this.isReady() && !this.hasBegun) this.begin();
    this.endFirstLight();
    void this.prefetch(first, signal);
  }

  async goTo(index: number): Promise<void> {
    const target = Math.min(this.imageIds.length - 1, Math.max(0, index));
    if (target !== this.index && target >= 0) await this.viewport.setImageIdIndex(target);
  }

  async goToPoint(point_mm: Vector): Promise<void> {
    const index = nearestImage(this.frames.map(planeOf), point_mm);
    if (index !== undefined) await this.goTo(index);
  }

  get index(): number {
    return this.viewport.getTargetImageIdIndex();
  }

  get nImages(): number {
    return this.imageIds.length;
  }

  setFullRange(): void {
    const image = this.viewport.getCornerstoneImage();
    if (image) this.setRange({ lower: image.minPixelValue, upper: image.maxPixelValue });
  }

  protected shownValues(): ArrayLike<number> {
    return this.viewport.getCornerstoneImage()?.getPixelData() ?? [];
  }

  override reset(): void {
    super.reset();
    this.windowIfUnstated();
    if (this.hung.framing) this.present({ ...this.hung, window: undefined } as Settings);
  }

  override present(settings: Settings): void {
    super.present(settings);
    if (settings.framing) this.frame(settings.framing);
  }

  pixelAt(clientX: number, clientY: number): PixelUnderPointer | undefined {
    const data = this.viewport.getImageData();
    const image = this.viewport.getCornerstoneImage();
    if (!data || !image || this.isAwaiting) return undefined;
    // Cornerstone's CPU path counts from the corner of the first pixel, the other one from its centre.
    const whole = getShouldUseCPURendering() ? Math.floor : Math.round;
    const [column, row] = pixelIndexAt(data, this.worldAt(clientX, clientY)).map(whole) as [number, number, number];
    if (column < 0 || row < 0 || column >= image.columns || row >= image.rows) return undefined;
    return { column, row, ...valuesAt(image, row * image.columns + column) };
  }

  protected isReady(): boolean {
    return Boolean(this.viewport.getCornerstoneImage() && this.viewport.canvasToWorld([0, 0]));
  }

  protected isColour(): boolean {
    return this.viewport.getCornerstoneImage().color;
  }

  protected viewedPlane(): ViewedPlane | undefined {
    const frame = this.frames[this.viewport.getCurrentImageIdIndex()];
    return frame && rectangleOf(frame);
  }

  /** With the next picture that is drawn: it is in its window and at its place. */
  private endFirstLight(): void {
    const end = () => {
      const nScrolled = endFirstLightOf(this.element);
      if (nScrolled) void this.goTo(this.index + nScrolled);
    };
    this.element.addEventListener(Events.IMAGE_RENDERED, end, { once: true });
    this.viewport.render();
  }

  private begin(): void {
    this.hasBegun = true;
    this.viewport.resetCamera();
    this.windowIfUnstated();
    this.present(this.hung);
  }

  private frame(framing: Framing): void {
    const image = this.viewport.getImageData();
    const frame = this.frames[this.index];
    const spacing = frame && pixelSpacing_mm(frame);
    if (!image || !spacing) return;
    const [columns, rows] = image.dimensions;
    const corner = (column: number, row: number) => this.viewport.worldToCanvas(placeIn(image, column, row));
    const corners = () => [corner(-0.5, -0.5), corner(columns - 0.5, rows - 0.5)] as const;
    const { clientWidth: width, clientHeight: height } = this.element;
    const size_mm = { width: columns * spacing.column, height: rows * spacing.row };
    const isTurned = Math.round(this.viewport.getViewPresentation().rotation ?? 0) % 180 !== 0;
    const across_mm = isTurned ? size_mm.height : size_mm.width;
    const { factor } = framed(corners(), { width, height }, across_mm, framing);
    this.viewport.setZoom(this.viewport.getZoom() * factor);
    const { shift } = framed(corners(), { width, height }, across_mm, framing);
    const [x, y] = this.viewport.getPan();
    this.viewport.setPan([x + shift[0], y + shift[1]]);
    this.framedAs = this.framing;
    this.drawAndTell();
  }

  /** A cell of another size is framed anew, unless a person has zoomed or moved the picture. */
  private frameAgain(): void {
    const { framing } = this.hung;
    if (!framing || !this.isReady()) return;
    const { zoom, pan } = this.framing;
    const known = this.framedAs;
    const isAsFramed = known && Math.abs(known.zoom - zoom) < 1e-3 * zoom && near(known.pan, pan);
    if (!isAsFramed) return;
    // After the engine's own answer to the new size.
    requestAnimationFrame(() => this.isReady() && this.frame(framing));
  }

  /** An object without a window of its own is shown from its darkest to its brightest pixel. */
  private windowIfUnstated(): void {
    const image = this.viewport.getCornerstoneImage();
    if (image && !image.color && !this.viewport.getProperties().voiRange) this.setFullRange();
  }

  private readonly expectFrame = (event: Event): void => {
    const { imageId } = (event as CustomEvent<{ imageId: string }>).detail;
    this.isAwaiting = true;
    awaitFrame(this.id, imageId);
    if (!cache.isLoaded(imageId) && isProgressive(imageId)) void this.showCoarse(imageId, this.stop.signal);
  };

  /** Show what the first bytes of a frame are good for, unless all of it has come meanwhile. */
  private async showCoarse(imageId: string, signal: AbortSignal): Promise<void> {
    // A failure is told by who fetches the whole of it.
    const image = await coarseImage(imageId).catch(() => undefined);
    const isLate = signal.aborted || !this.isAwaiting || imageId !== this.imageIds[this.index];
    if (!image || isLate) return;
    this.viewport.renderImageObject(image);
    if (!this.hasBegun) this.begin();
    this.coarse = { imageId, marks: marksOn(imageId) };
    this.drawAndTell();
    this.onNotice({ kind: "coarse" });
  }

  private readonly tellFrame = (): void => {
    this.isAwaiting = false;
    awaitFrame(this.id, undefined);
    if (this.coarse) measureAgain(this.coarse.imageId, this.coarse.marks);
    this.coarse = undefined;
    this.onNotice(undefined);
    // What is written about a picture comes after it; a hidden one is never drawn.
    if (this.element.clientWidth === 0) this.tell();
    else this.element.addEventListener(Events.IMAGE_RENDERED, this.countFrame, { once: true });
  };

  private readonly countFrame = (): void => this.onFrameShown(performance.now());

  /** A frame that does not come: try again while the network is away, and else say why. */
  private readonly meetFailure = (event: Event): void => {
    const detail = (event as CustomEvent<{ imageId?: string }>).detail;
    if (!this.isAwaiting || !detail?.imageId || detail.imageId !== this.imageIds[this.index]) return;
    if (wasPassedBy(detail)) return;
    const status = requestOf((detail as { error?: unknown }).error)?.status;
    if (status === undefined || !mayPass(status)) this.onNotice({ kind: "problem", thrown: detail });
    else void this.fetchAgain(detail.imageId);
  };

  private async fetchAgain(imageId: string): Promise<void> {
    const { signal } = this.stop;
    const isWanted = () => !signal.aborted && imageId === this.imageIds[this.index];
    const onWait = (wait_s: number | undefined) => {
      if (isWanted() && wait_s) this.onNotice({ kind: "retrying", wait_s });
    };
    try {
      const image = await loadImage(imageId, { signal, onWait });
      if (!image || !isWanted()) return;
      this.viewport.renderImageObject(image);
      if (!this.hasBegun) this.begin();
      this.drawAndTell();
      this.tellFrame();
    } catch (thrown) {
      if (isWanted()) this.onNotice({ kind: "problem", thrown });
    }
  }

  /** The loader lets some failures of a codec go unanswered: they arrive here and nowhere else. */
  private readonly meetUnanswered = (event: PromiseRejectionEvent): void => {
    if (!this.isAwaiting || requestOf(event.reason)) return;
    event.preventDefault();
    this.onNotice({ kind: "problem", thrown: event.reason });
  };

  /**
   * Fetch in the direction of reading, as far as memory allows; go on when somebody moves. A frame that fails says so
   * when it is looked at. On a slow line the first bytes of every frame come first, and then the whole ones.
   */
  private async prefetch(first: number, signal: AbortSignal): Promise<void> {
    const { imageIds } = this;
    const tried = new Set<number>([first]);
    const reach = reachOf(bytesOf(this.frames[first]), cache.getMaxCacheSize());
    const isMissing = (index: number) => !tried.has(index) && !cache.isLoaded(imageIds[index] ?? "");
    const isUnbegun = (index: number) => !begun.has(index) && isMissing(index) && !isBegun(imageIds[index] ?? "");
    const begun = new Set<number>();
    let [known, direction] = [first, 0 as -1 | 0 | 1];
    const next = (isWanted: (index: number) => boolean): number | undefined => {
      const current = this.index;
      if (current !== known) [known, direction] = [current, current > known ? 1 : -1];
      return nextToFetch(isWanted, imageIds.length, current, direction, reach);
    };
    const begin = async (index: number) => {
      begun.add(index);
      await beginFrame(imageIds[index] ?? "").catch(() => undefined);
    };
    const fetch = async (index: number) => {
      tried.add(index);
      const passed = await loadImage(imageIds[index] ?? "", { signal, onWait: () => {} }).catch(wasPassedBy);
      if (passed === true) tried.delete(index);
    };
    const worker = async () => {
      while (!signal.aborted) {
        await whenNobodyWaits();
        if (signal.aborted) return;
        const coarse = isProgressive(imageIds[this.index] ?? "") ? next(isUnbegun) : undefined;
        const index = coarse ?? next(isMissing);
        if (index === undefined) await this.moved(signal);
        else await (coarse === undefined ? fetch(index) : begin(index));
        if (tried.size >= imageIds.length) return;
      }
    };
    await Promise.all(Array.from({ length: PREFETCHED_AT_A_TIME }, worker));
  }

  /** Wait until another image is shown. */
  private moved(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.element.removeEventListener(Events.STACK_NEW_IMAGE, endWithTime);
        signal.removeEventListener("abort", end);
        resolve();
      };
      // Not before it is drawn: what is missing is looked for among all images of the series.
      const endWithTime = () => whenTime(end);
      this.element.addEventListener(Events.STACK_NEW_IMAGE, endWithTime, { once: true });
      signal.addEventListener("abort", end);
    });
  }
}

/** Fewer than the connections a browser opens to one server: the image that is looked at never waits for one. */
const PREFETCHED_AT_A_TIME = 3;

/** Return what a frame takes in memory, at most: rescaled values are kept in four bytes. */
function bytesOf(frame: Frame | undefined): number {
  const nPixels = (number(frame?.dataset, "Rows") ?? 512) * (number(frame?.dataset, "Columns") ?? 512);
  return nPixels * 4;
}

/** Begin to fetch the frame that is shown first; whether it came is asked where it is shown. */
export function fetchOpening(frames: readonly Frame[], studyUid: string, seriesUid: string): void {
  const imageId = imageIdsOf(frames, studyUid, seriesUid)[openingIndex(frames)];
  if (imageId) imageLoader.loadAndCacheImage(imageId).catch(() => {});
}

/** Return where a frame's picture lies, from the centre of its first pixel to that of its last. */
export function rectangleOf(frame: Frame): ViewedPlane | undefined {
  const [plane, spacing] = [planeOf(frame), pixelSpacing_mm(frame)];
  const [nRows, nColumns] = [number(frame.dataset, "Rows"), number(frame.dataset, "Columns")];
  if (!plane || !spacing || spacing.isAtDetector || !nRows || !nColumns) return undefined;
  const across = times(plane.row, (nColumns - 1) * spacing.column);
  const down = times(plane.column, (nRows - 1) * spacing.row);
  const start = plane.position_mm;
  const corners_mm = [start, plus(start, across), plus(plus(start, across), down), plus(start, down)] as const;
  return { origin_mm: plus(start, times(plus(across, down), 0.5)), normal: plane.normal, corners_mm };
}

/** Return where a pixel's place lies in the space that the picture is laid out in. */
function placeIn(
  {
    origin,
    direction,
    spacing,
  }: { origin: ArrayLike<number>; direction: ArrayLike<number>; spacing: ArrayLike<number> },
  column: number,
  row: number,
): Types.Point3 {
  const along = (k: number) =>
    (origin[k] ?? 0) +
    column * (spacing[0] ?? 1) * (direction[k] ?? 0) +
    row * (spacing[1] ?? 1) * (direction[3 + k] ?? 0);
  return [along(0), along(1), along(2)];
}

function near(a: Types.Point2, b: Types.Point2): boolean {
  return Math.hypot(a[0] - b[0], a[1] - b[1]) < 1;
}

function valuesAt(image: Types.IImage, offset: number): { values: number[]; isSuv: boolean } {
  const pixels = image.getPixelData();
  if (image.color) {
    const n = pixels.length / (image.rows * image.columns);
    return { values: [0, 1, 2].map((channel) => Number(pixels[offset * n + channel])), isSuv: false };
  }
  const stored = Number(pixels[offset]);
  const scaling = image.preScale?.scaled ? image.preScale.scalingParameters : undefined;
  if (scaling) return { values: [stored], isSuv: Boolean(scaling.suvbw) };
  return { values: [stored * (image.slope ?? 1) + (image.intercept ?? 0)], isSuv: false };
}
