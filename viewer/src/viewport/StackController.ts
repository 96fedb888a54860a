/** One viewport that shows a stack of frames: what can be done to it, and what it tells. */
import {
  cache,
  Enums,
  eventTarget,
  getShouldUseCPURendering,
  imageLoader,
  RenderingEngine,
  type Types,
} from "@cornerstonejs/core";
import { wadors } from "@cornerstonejs/dicom-image-loader";
import { annotation, ToolGroupManager, type Types as ToolTypes } from "@cornerstonejs/tools";
import { frameAddress } from "../dicomweb/retrieve";
import { minus, type Vector } from "../overlays/vectors";
import { choose, createToolGroup } from "../tools/tool-set";
import type { ValueRange } from "../tools/window";
import { frameProblem } from "./cornerstone";
import type { Frame } from "./frames";

export interface StackView {
  index: number;
  range: ValueRange | undefined;
  isInverted: boolean;
  zoom: number;
  isColour: boolean;
  /** How one CSS pixel to the right and one downwards move in the patient, in mm. */
  right_mm: Vector;
  down_mm: Vector;
  /** Spacing of columns by which the picture is laid out; not that of the object when it states none in the patient. */
  assumedSpacing_mm: number;
}

export interface PixelUnderPointer {
  column: number;
  row: number;
  /** One value, or red, green and blue. Rescaled. */
  values: number[];
  /** True when Cornerstone has turned Bq/mL into standardised uptake. */
  isSuv: boolean;
}

const { Events, ViewportType } = Enums;
const PREFETCHED_AT_A_TIME = 3;
let nControllers = 0;

export class StackController {
  private readonly element: HTMLDivElement;
  private readonly engine: RenderingEngine;
  private readonly viewport: Types.IStackViewport;
  private readonly tools: ToolTypes.IToolGroup;
  private readonly groupId: string;
  private readonly observer: ResizeObserver;
  private imageIds: string[] = [];
  private generation = 0;
  onView: (view: StackView) => void = () => {};
  onFrameShown: (time_ms: number) => void = () => {};
  onProblem: (thrown: unknown) => void = () => {};

  constructor(element: HTMLDivElement) {
    nControllers += 1;
    this.element = element;
    this.groupId = `tools-${nControllers}`;
    const viewportId = `viewport-${nControllers}`;
    this.engine = new RenderingEngine(`engine-${nControllers}`);
    this.engine.enableElement({
      viewportId,
      type: ViewportType.STACK,
      element,
      defaultOptions: { background: [0, 0, 0] },
    });
    this.viewport = this.engine.getViewport(viewportId) as Types.IStackViewport;
    this.tools = createToolGroup(this.groupId);
    this.tools.addViewport(viewportId, this.engine.id);
    for (const event of [Events.CAMERA_MODIFIED, Events.VOI_MODIFIED, Events.STACK_NEW_IMAGE, Events.IMAGE_RENDERED]) {
      element.addEventListener(event, this.tell);
    }
    element.addEventListener(Events.STACK_NEW_IMAGE, this.tellFrame);
    eventTarget.addEventListener(Events.IMAGE_LOAD_ERROR, this.tellProblem);
    element.addEventListener("contextmenu", preventDefault);
    this.observer = new ResizeObserver(() => this.engine.resize(true, true));
    this.observer.observe(element);
  }

  destroy(): void {
    this.generation += 1;
    this.observer.disconnect();
    eventTarget.removeEventListener(Events.IMAGE_LOAD_ERROR, this.tellProblem);
    this.element.removeEventListener("contextmenu", preventDefault);
    ToolGroupManager.destroyToolGroup(this.groupId);
    this.engine.destroy();
  }

  /** Show a series, starting with the middle frame, and fetch the rest behind it. */
  async show(frames: readonly Frame[], studyUid: string, seriesUid: string): Promise<void> {
    const generation = ++this.generation;
    cache.purgeCache();
    this.imageIds = frames.map((frame) => {
      const address = frameAddress(studyUid, seriesUid, frame.instanceUid, frame.frameNumber);
      const imageId = `wadors:${address}`;
      wadors.metaDataManager.add(imageId, frame.dataset as Parameters<typeof wadors.metaDataManager.add>[1]);
      return imageId;
    });
    const isMovie = frames[0]?.nFramesInInstance === frames.length;
    const first = isMovie ? 0 : Math.floor((frames.length - 1) / 2);
    await this.viewport.setStack(this.imageIds, first);
    if (generation !== this.generation) return;
    this.viewport.resetCamera();
    this.windowIfUnstated();
    this.drawAndTell();
    void this.prefetch(first, generation);
  }

  async goTo(index: number): Promise<void> {
    const target = Math.min(this.imageIds.length - 1, Math.max(0, index));
    if (target !== this.index && target >= 0) await this.viewport.setImageIdIndex(target);
  }

  get index(): number {
    return this.viewport.getTargetImageIdIndex();
  }

  get nFrames(): number {
    return this.imageIds.length;
  }

  setRange(range: ValueRange): void {
    this.viewport.setProperties({ voiRange: range });
    this.drawAndTell();
  }

  /** Window from the darkest to the brightest pixel of this frame. */
  setFullRange(): void {
    const image = this.viewport.getCornerstoneImage();
    if (image) this.setRange({ lower: image.minPixelValue, upper: image.maxPixelValue });
  }

  invert(): void {
    this.viewport.setProperties({ invert: !this.viewport.getProperties().invert });
    this.drawAndTell();
  }

  rotate(degrees: number): void {
    const { rotation = 0 } = this.viewport.getViewPresentation();
    this.viewport.setViewPresentation({ rotation: (rotation + degrees + 360) % 360 });
    this.drawAndTell();
  }

  flip(axis: "horizontal" | "vertical"): void {
    const { flipHorizontal, flipVertical } = this.viewport.getCamera();
    const { rotation = 0 } = this.viewport.getViewPresentation();
    // Cornerstone's CPU path flips before it turns: on a picture on its side the axes change places.
    const isSwapped = getShouldUseCPURendering() && Math.round(rotation) % 180 !== 0;
    const isHorizontal = (axis === "horizontal") !== isSwapped;
    this.viewport.setCamera(isHorizontal ? { flipHorizontal: !flipHorizontal } : { flipVertical: !flipVertical });
    this.drawAndTell();
  }

  zoomBy(factor: number): void {
    this.viewport.setZoom(this.viewport.getZoom() * factor);
    this.drawAndTell();
  }

  reset(): void {
    this.viewport.setViewPresentation({ rotation: 0 });
    this.viewport.setCamera({ flipHorizontal: false, flipVertical: false });
    this.viewport.resetProperties();
    this.viewport.resetCamera();
    this.windowIfUnstated();
    this.drawAndTell();
  }

  useTool(name: string): void {
    choose(this.tools, name);
  }

  deleteMeasurements(): void {
    annotation.state.removeAllAnnotations();
    this.viewport.render();
  }

  /** Return the pixel at a place on the screen, or undefined outside the image. */
  pixelAt(clientX: number, clientY: number): PixelUnderPointer | undefined {
    const box = this.element.getBoundingClientRect();
    const data = this.viewport.getImageData();
    const image = this.viewport.getCornerstoneImage();
    if (!data || !image) return undefined;
    const world = this.viewport.canvasToWorld([clientX - box.left, clientY - box.top]);
    const { origin, direction, spacing } = data;
    // Cornerstone's CPU path counts from the corner of the first pixel, the other one from its centre.
    const pixelIndex = getShouldUseCPURendering() ? Math.floor : Math.round;
    const along = (axis: number) => {
      const offset = [0, 1, 2].reduce(
        (sum, k) => sum + ((world[k] ?? 0) - (origin[k] ?? 0)) * (direction[3 * axis + k] ?? 0),
        0,
      );
      return pixelIndex(offset / (spacing[axis] ?? 1));
    };
    const [column, row] = [along(0), along(1)];
    if (column < 0 || row < 0 || column >= image.columns || row >= image.rows) return undefined;
    return { column, row, ...valuesAt(image, row * image.columns + column) };
  }

  /** An object without a window of its own is shown from its darkest to its brightest pixel. */
  private windowIfUnstated(): void {
    const image = this.viewport.getCornerstoneImage();
    if (image && !image.color && !this.viewport.getProperties().voiRange) this.setFullRange();
  }

  private drawAndTell(): void {
    this.viewport.render();
    this.tell();
  }

  private readonly tell = (): void => {
    const { voiRange, invert } = this.viewport.getProperties();
    const image = this.viewport.getCornerstoneImage();
    if (!image || !this.viewport.canvasToWorld([0, 0])) return;
    const world = (x: number, y: number) => this.viewport.canvasToWorld([x, y]) as Vector;
    const per = 100;
    const start = world(0, 0);
    const scaled = (v: Vector): Vector => [v[0] / per, v[1] / per, v[2] / per];
    this.onView({
      index: this.viewport.getCurrentImageIdIndex(),
      range: voiRange,
      isInverted: invert ?? false,
      zoom: this.viewport.getZoom(),
      isColour: image.color,
      right_mm: scaled(minus(world(per, 0), start)),
      assumedSpacing_mm: this.viewport.getImageData()?.spacing[0] ?? 1,
      down_mm: scaled(minus(world(0, per), start)),
    });
  };

  private readonly tellFrame = (): void => this.onFrameShown(performance.now());

  private readonly tellProblem = (event: Event): void => {
    const detail = (event as CustomEvent<{ imageId?: string }>).detail;
    if (detail?.imageId === this.imageIds[this.index]) this.onProblem(frameProblem(detail));
  };

  /** Fetch the frames nearest to the one shown first. */
  private async prefetch(first: number, generation: number): Promise<void> {
    const queue = this.imageIds
      .map((imageId, index) => ({ imageId, distance: Math.abs(index - first) }))
      .sort((a, b) => a.distance - b.distance);
    const worker = async () => {
      for (let next = queue.shift(); next && generation === this.generation; next = queue.shift()) {
        await imageLoader.loadAndCacheImage(next.imageId).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: PREFETCHED_AT_A_TIME }, worker));
  }
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

function preventDefault(event: Event): void {
  event.preventDefault();
}
