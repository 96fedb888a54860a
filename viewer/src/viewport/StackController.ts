/** A stack of frames in a viewport, image after image as they were acquired. */
import { Enums, eventTarget, getShouldUseCPURendering, imageLoader, type Types } from "@cornerstonejs/core";
import { number } from "../dicomweb/json-model";
import type { Settings } from "../layout/layout";
import { nearestImage } from "../linking/nearest";
import { plus, times, type Vector } from "../overlays/vectors";
import { mayPass } from "./backoff";
import { requestOf } from "./cornerstone";
import { type Frame, pixelSpacing_mm, planeOf } from "./frames";
import { imageIdsOf } from "./image-ids";
import { loadImage, loadImages } from "./load-image";
import type { Stage } from "./Stage";
import type { PixelUnderPointer, ViewedPlane } from "./View";
import { pixelIndexAt, ViewportController } from "./ViewportController";

const { Events, ViewportType } = Enums;

export class StackController extends ViewportController {
  private imageIds: string[] = [];
  private frames: readonly Frame[] = [];
  private stop = new AbortController();
  private isAwaiting = false;

  constructor(stage: Stage, element: HTMLDivElement) {
    super(stage, element, ViewportType.STACK);
    stage.tools.join(this.id, stage.engine.id, "stack");
    element.addEventListener(Events.PRE_STACK_NEW_IMAGE, this.expectFrame);
    element.addEventListener(Events.STACK_NEW_IMAGE, this.tellFrame);
    eventTarget.addEventListener(Events.IMAGE_LOAD_ERROR, this.meetFailure);
    addEventListener("unhandledrejection", this.meetUnanswered);
  }

  override destroy(): void {
    this.stop.abort();
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
    this.imageIds = imageIdsOf(frames, studyUid, seriesUid);
    const first = openingIndex(frames);
    await this.viewport.setStack(this.imageIds, first);
    if (signal.aborted) return;
    if (this.isReady()) this.begin(settings);
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

  override reset(): void {
    super.reset();
    this.windowIfUnstated();
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

  private begin(settings: Settings): void {
    this.viewport.resetCamera();
    this.windowIfUnstated();
    this.present(settings);
  }

  /** An object without a window of its own is shown from its darkest to its brightest pixel. */
  private windowIfUnstated(): void {
    const image = this.viewport.getCornerstoneImage();
    if (image && !image.color && !this.viewport.getProperties().voiRange) this.setFullRange();
  }

  private readonly expectFrame = (): void => {
    this.isAwaiting = true;
  };

  private readonly tellFrame = (): void => {
    this.isAwaiting = false;
    this.onNotice(undefined);
    this.onFrameShown(performance.now());
    this.tell();
  };

  /** A frame that does not come: try again while the network is away, and else say why. */
  private readonly meetFailure = (event: Event): void => {
    const detail = (event as CustomEvent<{ imageId?: string }>).detail;
    if (!this.isAwaiting || !detail?.imageId || detail.imageId !== this.imageIds[this.index]) return;
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
      const isFirst = !this.isReady();
      this.viewport.renderImageObject(image);
      if (isFirst) this.begin({});
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

  /** Fetch the frames nearest to the one shown first. A frame that fails says so when it is looked at. */
  private async prefetch(first: number, signal: AbortSignal): Promise<void> {
    const nearestFirst = this.imageIds
      .map((imageId, index) => ({ imageId, distance: Math.abs(index - first) }))
      .sort((a, b) => a.distance - b.distance)
      .map(({ imageId }) => imageId);
    await loadImages(nearestFirst, { signal, onWait: () => {} }, () => {});
  }
}

/** Return which frame is shown first: the one in the middle, or the first of a movie. */
export function openingIndex(frames: readonly Frame[]): number {
  const isMovie = frames[0]?.nFramesInInstance === frames.length;
  return isMovie ? 0 : Math.floor((frames.length - 1) / 2);
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
