/** What can be done to every picture, whether a stack, a plane or a solid, and what it tells. */
import { Enums, getShouldUseCPURendering, type Types } from "@cornerstonejs/core";
import type { Settings } from "../layout/layout";
import { minus, norm, times, type Vector } from "../overlays/vectors";
import { rangeOfShares } from "../tools/share-range";
import type { ValueRange } from "../tools/window";
import { rangeOf } from "../tools/window";
import type { Stage } from "./Stage";
import type { PixelUnderPointer, View, ViewedPlane } from "./View";

const { Events } = Enums;
/** CSS pixels over which directions are measured: enough that rounding does not count. */
const BASELINE_PX = 100;

/** Progress or trouble that a person should read, in the picture. */
export type Notice =
  | { kind: "loading"; done: number; total: number }
  | { kind: "retrying"; wait_s: number }
  /** What is shown is coarse; the whole picture is on its way. */
  | { kind: "coarse" }
  | { kind: "problem"; thrown: unknown };

const MODIFIED = [Events.CAMERA_MODIFIED, Events.VOI_MODIFIED];

export abstract class ViewportController {
  readonly id: string;
  /** The animation frame that tells of a change, or 0. */
  private telling = 0;
  protected readonly stage: Stage;
  readonly element: HTMLDivElement;
  /** `isDrawn`: told in the animation frame in which the picture was drawn. */
  onView: (view: View, isDrawn: boolean) => void = () => {};
  onFrameShown: (time_ms: number) => void = () => {};
  /** Undefined when there is nothing more to say. */
  onNotice: (notice: Notice | undefined) => void = () => {};

  protected constructor(stage: Stage, element: HTMLDivElement, type: Enums.ViewportType, options = {}) {
    this.stage = stage;
    this.element = element;
    this.id = stage.newViewportId();
    stage.engine.enableElement({
      viewportId: this.id,
      type,
      element,
      defaultOptions: { background: [0, 0, 0], ...options },
    });
    element.addEventListener(Events.IMAGE_RENDERED, this.tellDrawn);
    for (const event of MODIFIED) element.addEventListener(event, this.tellOnceDrawn);
    element.addEventListener("contextmenu", preventDefault);
    stage.watch(element);
  }

  destroy(): void {
    this.stage.unwatch(this.element);
    this.element.removeEventListener(Events.IMAGE_RENDERED, this.tellDrawn);
    for (const event of MODIFIED) this.element.removeEventListener(event, this.tellOnceDrawn);
    cancelAnimationFrame(this.telling);
    this.telling = 0;
    this.element.removeEventListener("contextmenu", preventDefault);
    this.stage.tools.leave(this.id, this.stage.engine.id);
    this.stage.engine.disableElement(this.id);
  }

  protected abstract get viewport(): Types.IStackViewport | Types.IVolumeViewport;

  abstract readonly index: number;
  abstract readonly nImages: number;
  abstract goTo(index: number): Promise<void>;
  /** Show the image or the plane that is nearest to a point in the patient. */
  abstract goToPoint(point_mm: Vector): Promise<void>;
  /** Window from the darkest to the brightest value. */
  abstract setFullRange(): void;
  /** Window so that these shares of the pixels are black and white. */
  setShares(shares: readonly [number, number]): void {
    const range = rangeOfShares(this.shownValues(), shares);
    if (range) this.setRange(range);
    else this.setFullRange();
  }
  /** Return the values of the image, or of the volume. */
  protected abstract shownValues(): ArrayLike<number>;
  /** Turn a plane out of itself, around its upright or its level middle line; images as acquired stay as they are. */
  tilt(_axis: "upright" | "level", _degrees: number): void {}
  /** Return the pixel at a place on the screen, or undefined outside the image. */
  abstract pixelAt(clientX: number, clientY: number): PixelUnderPointer | undefined;
  protected abstract isReady(): boolean;
  protected abstract isColour(): boolean;
  protected abstract viewedPlane(): ViewedPlane | undefined;

  setRange(range: ValueRange): void {
    this.viewport.setProperties({ voiRange: range });
    this.drawAndTell();
  }

  invert(): void {
    this.viewport.setProperties({ invert: !this.viewport.getProperties()?.invert });
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

  /** Size and shift of the picture in its viewport, to be given to another one. */
  get framing(): { zoom: number; pan: Types.Point2 } {
    const { zoom = 1, pan = [0, 0] } = this.viewport.getViewPresentation();
    return { zoom, pan };
  }

  setFraming(framing: { zoom: number; pan: Types.Point2 }): void {
    this.viewport.setViewPresentation(framing);
    this.drawAndTell();
  }

  reset(): void {
    this.viewport.setViewPresentation({ rotation: 0 });
    this.viewport.setCamera({ flipHorizontal: false, flipVertical: false });
    this.viewport.resetProperties();
    this.viewport.resetCamera();
    this.drawAndTell();
  }

  /** Show the picture as a layout says. */
  present(settings: Settings): void {
    if (settings.window) this.viewport.setProperties({ voiRange: rangeOf(settings.window, true) });
    if (settings.isInverted !== undefined) this.viewport.setProperties({ invert: settings.isInverted });
    if (settings.rotation_deg) this.viewport.setViewPresentation({ rotation: settings.rotation_deg });
    if (settings.isFlippedHorizontally) this.viewport.setCamera({ flipHorizontal: true });
    if (settings.isFlippedVertically) this.viewport.setCamera({ flipVertical: true });
    this.drawAndTell();
  }

  /** Return where a point in the patient falls in the viewport, in CSS pixels. */
  project(point_mm: Vector): readonly [number, number] {
    return this.viewport.worldToCanvas([...point_mm]);
  }

  render(): void {
    this.viewport.render();
  }

  protected drawAndTell(): void {
    this.viewport.render();
    this.tell();
  }

  protected worldAt(clientX: number, clientY: number): Vector {
    const box = this.element.getBoundingClientRect();
    return this.viewport.canvasToWorld([clientX - box.left, clientY - box.top]) as Vector;
  }

  /** The picture comes before what is written about it; what changes without being drawn anew is told all the same. */
  private readonly tellOnceDrawn = (): void => {
    if (this.telling) return;
    this.telling = requestAnimationFrame(() => {
      this.telling = requestAnimationFrame(() => this.tell());
    });
  };

  private readonly tellDrawn = (): void => this.tell(true);

  protected tell(isDrawn = false): void {
    cancelAnimationFrame(this.telling);
    this.telling = 0;
    if (!this.isReady()) return;
    const { voiRange, invert } = this.viewport.getProperties() ?? {};
    const { flipHorizontal, flipVertical } = this.viewport.getCamera();
    const { rotation = 0, pan = [0, 0] } = this.viewport.getViewPresentation();
    const world = (x: number, y: number) => this.viewport.canvasToWorld([x, y]) as Vector;
    const start = world(0, 0);
    const view: View = {
      index: this.index,
      nImages: this.nImages,
      range: voiRange,
      isInverted: invert ?? false,
      zoom: this.viewport.getZoom(),
      pan_px: pan,
      rotation_deg: Math.round(rotation),
      isFlippedHorizontally: flipHorizontal ?? false,
      isFlippedVertically: flipVertical ?? false,
      isColour: this.isColour(),
      right_mm: times(minus(world(BASELINE_PX, 0), start), 1 / BASELINE_PX),
      down_mm: times(minus(world(0, BASELINE_PX), start), 1 / BASELINE_PX),
      assumedSpacing_mm: this.viewport.getImageData()?.spacing[0] ?? 1,
      plane: this.viewedPlane(),
    };
    this.onView(view, isDrawn);
  }
}

/** Return the index of an image's pixel at a point: columns, rows and depth from its first pixel. */
export function pixelIndexAt(
  image: { origin: ArrayLike<number>; direction: ArrayLike<number>; spacing: ArrayLike<number> },
  point_mm: Vector,
): readonly [number, number, number] {
  const along = (axis: number) => {
    const offset = [0, 1, 2].reduce(
      (sum, k) => sum + ((point_mm[k] ?? 0) - (image.origin[k] ?? 0)) * (image.direction[3 * axis + k] ?? 0),
      0,
    );
    return offset / (image.spacing[axis] ?? 1);
  };
  return [along(0), along(1), along(2)];
}

export function unit(vector: Vector): Vector {
  return times(vector, 1 / (norm(vector) || 1));
}

function preventDefault(event: Event): void {
  event.preventDefault();
}
