/** Shows segmentations in every viewport that shows their series, and takes what Cornerstone's tools draw. */
import {
  Enums,
  eventTarget,
  getEnabledElement,
  getRenderingEngines,
  StackViewport,
  type Types,
  VolumeViewport,
} from "@cornerstonejs/core";
import { segmentation as cornerstone, Enums as ToolEnums, type Types as ToolTypes } from "@cornerstonejs/tools";
import { namedBy } from "../measurements/study-images";
import { isRegular, regularVolume } from "../volume/regular-volume";
import { rgbOf } from "./cielab";
import { imagesInView } from "./images-in-view";
import {
  declareLabelImages,
  forgetLabelImages,
  labelImageId,
  provideLabelImages,
  registerLabelImages,
} from "./label-images";
import type { Segmentation } from "./Segmentation";
import type { StudySegmentations } from "./study-segmentations";

const { Events } = Enums;
const LABELMAP = ToolEnums.SegmentationRepresentations.Labelmap;
/** A stroke tells of every move: it is over when it has been quiet this long. */
const QUIET_AFTER_STROKE_MS = 200;
const FILL = 0.35;
const OUTLINE_PX = 1.5;
const HIDDEN: Types.Color = [0, 0, 0, 0];

/** What Cornerstone knows of one layer. */
interface ShownLayer {
  id: string;
  imageIds: readonly string[];
  /** Position in `imageIds` to image in the order of reading, and back. */
  imageAt: readonly number[];
  sliceOf: readonly number[];
  colours: Types.Color[];
  colourIndex: number;
  isRegular: boolean;
}

interface Shown {
  layers: ShownLayer[];
  stop: () => void;
  segments: unknown;
  active: number;
}

let nShown = 0;

export class SegmentationDisplay {
  private readonly shown = new Map<Segmentation, Shown>();
  private readonly hiddenSegments = new Map<string, Set<number>>();
  private readonly elements = new Set<HTMLDivElement>();
  private readonly drawn = new Map<Segmentation, Set<number>>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isTelling = false;
  private isPointerDown = false;
  /** Told when a stroke waits to be taken, and when it has been. */
  onTaking: (isTaking: boolean) => void = () => {};
  /** The one that tools change. */
  private active: Segmentation | undefined;
  private readonly unsubscribe: () => void;

  constructor(private readonly study: StudySegmentations) {
    registerLabelImages();
    study.shownImage = () => viewports().flatMap(shownIn)[0];
    study.looksAt = (images) => this.imageLookedAt(new Set(images.map(({ imageId }) => imageId)), images);
    eventTarget.addEventListener(Events.ELEMENT_ENABLED, this.onEnabled);
    eventTarget.addEventListener(Events.ELEMENT_DISABLED, this.onDisabled);
    eventTarget.addEventListener(ToolEnums.Events.SEGMENTATION_DATA_MODIFIED, this.onDrawn);
    addEventListener("pointerdown", this.onPointer, true);
    addEventListener("pointerup", this.onPointer, true);
    for (const viewport of viewports()) this.watch(viewport.element);
    this.unsubscribe = study.subscribe(this.update);
    this.update();
  }

  stop(): void {
    this.takeDrawn();
    this.unsubscribe();
    removeEventListener("pointerdown", this.onPointer, true);
    removeEventListener("pointerup", this.onPointer, true);
    eventTarget.removeEventListener(Events.ELEMENT_ENABLED, this.onEnabled);
    eventTarget.removeEventListener(Events.ELEMENT_DISABLED, this.onDisabled);
    eventTarget.removeEventListener(ToolEnums.Events.SEGMENTATION_DATA_MODIFIED, this.onDrawn);
    for (const element of [...this.elements]) this.unwatch(element);
    for (const segmentation of [...this.shown.keys()]) this.forget(segmentation);
  }

  /** Let tools mark this segmentation; undefined: none. */
  activate(segmentation: Segmentation | undefined): void {
    this.active = segmentation;
    this.update();
  }

  isHidden(segmentation: Segmentation, label: number): boolean {
    return this.hiddenSegments.get(segmentation.id)?.has(label) ?? false;
  }

  setHidden(segmentation: Segmentation, labels: readonly number[], isHidden: boolean): void {
    const hidden = this.hiddenSegments.get(segmentation.id) ?? new Set<number>();
    for (const label of labels)
      if (isHidden) hidden.add(label);
      else hidden.delete(label);
    this.hiddenSegments.set(segmentation.id, hidden);
    this.colour(segmentation);
  }

  /** Take a stroke that is still being drawn. */
  takeDrawn(): void {
    clearTimeout(this.timer);
    for (const [segmentation, images] of this.drawn) {
      this.drawn.delete(segmentation);
      segmentation.commit([...images]);
    }
    this.onTaking(false);
  }

  private readonly onEnabled = (event: Event): void => {
    this.watch((event as CustomEvent<{ element: HTMLDivElement }>).detail.element);
  };

  private readonly onDisabled = (event: Event): void => {
    this.unwatch((event as CustomEvent<{ element: HTMLDivElement }>).detail.element);
  };

  private readonly onPointer = (event: PointerEvent): void => {
    this.isPointerDown = event.type === "pointerdown";
    if (!this.isPointerDown && this.drawn.size > 0) this.takeSoon();
  };

  private watch(element: HTMLDivElement): void {
    if (this.elements.has(element)) return;
    this.elements.add(element);
    // Before Cornerstone's own listener, which asks the cache for the labels of the image.
    element.addEventListener(Events.IMAGE_RENDERED, this.onRendered, true);
    element.addEventListener(Events.VOLUME_VIEWPORT_NEW_VOLUME, this.onNewVolumes);
    this.attach(element);
  }

  private unwatch(element: HTMLDivElement): void {
    this.elements.delete(element);
    element.removeEventListener(Events.IMAGE_RENDERED, this.onRendered, true);
    element.removeEventListener(Events.VOLUME_VIEWPORT_NEW_VOLUME, this.onNewVolumes);
  }

  private readonly onRendered = (event: Event): void => this.attach(event.currentTarget as HTMLDivElement);

  /** Other volumes take the labels from the viewport without a word: they are laid over it again. */
  private readonly onNewVolumes = (event: Event): void => {
    const viewport = viewportOf(event.currentTarget as HTMLDivElement);
    if (!viewport) return;
    cornerstone.removeSegmentationRepresentations(viewport.id, {});
    this.attach(viewport.element);
  };

  private readonly update = (): void => {
    const wanted = new Set(this.study.all.map(({ segmentation }) => segmentation));
    for (const segmentation of [...this.shown.keys()]) if (!wanted.has(segmentation)) this.forget(segmentation);
    for (const segmentation of wanted) this.follow(segmentation);
    for (const element of this.elements) this.attach(element);
  };

  private follow(segmentation: Segmentation): void {
    if (this.shown.has(segmentation)) return;
    const stop = segmentation.subscribe((changed) => this.redraw(segmentation, changed));
    this.shown.set(segmentation, {
      layers: [],
      stop,
      segments: segmentation.segments,
      active: segmentation.activeLabel,
    });
  }

  private forget(segmentation: Segmentation): void {
    const known = this.shown.get(segmentation);
    known?.stop();
    for (const { id, imageIds } of known?.layers ?? []) {
      for (const viewport of viewports())
        cornerstone.removeSegmentationRepresentations(viewport.id, { segmentationId: id });
      cornerstone.removeSegmentation(id);
      forgetLabelImages(imageIds);
    }
    this.shown.delete(segmentation);
  }

  /** Lay what belongs there over a viewport. */
  private attach(element: HTMLDivElement): void {
    const viewport = viewportOf(element);
    if (!viewport) return;
    const [first] = imagesInView(viewport, viewport instanceof StackViewport);
    const seriesUid = first && namedBy(first)?.seriesUid;
    if (!seriesUid) return;
    for (const segmentation of this.shown.keys()) {
      if (segmentation.seriesUid !== seriesUid) continue;
      if (viewport instanceof VolumeViewport && !this.layersOf(segmentation)[0]?.isRegular) continue;
      this.lay(segmentation, viewport);
    }
  }

  private lay(segmentation: Segmentation, viewport: Sliced): void {
    for (const [index, layer] of this.layersOf(segmentation).entries()) {
      // Of a stack only the image on the screen is needed; the cache may have let an image go.
      if (viewport instanceof StackViewport) provideCurrent(segmentation, layer, viewport);
      const known = cornerstone.state.getSegmentationRepresentation(viewport.id, {
        segmentationId: layer.id,
        type: LABELMAP,
      });
      if (!known) {
        if (viewport instanceof VolumeViewport) provideLabelImages(layer.imageIds);
        cornerstone.addLabelmapRepresentationToViewport(viewport.id, [
          { segmentationId: layer.id, config: { colorLUTOrIndex: layer.colourIndex } as never },
        ]);
      }
      const isActive = segmentation === this.active && index === 0;
      const now = cornerstone.activeSegmentation.getActiveSegmentation(viewport.id)?.segmentationId;
      if (isActive && now !== layer.id) cornerstone.activeSegmentation.setActiveSegmentation(viewport.id, layer.id);
    }
  }

  /** Return what Cornerstone knows of the layers, telling it of those that are new. */
  private layersOf(segmentation: Segmentation): ShownLayer[] {
    const known = this.shown.get(segmentation);
    if (!known) return [];
    while (known.layers.length < segmentation.layers.length)
      known.layers.push(this.declare(segmentation, known.layers.length));
    return known.layers;
  }

  private declare(segmentation: Segmentation, index: number): ShownLayer {
    nShown += 1;
    const id = `labels ${nShown}`;
    const { images } = segmentation;
    const geometry = regularVolume(images.map(({ frame }) => frame));
    const order = images.map((_, image) => image);
    // As a volume is laid out: upwards along its normal.
    if (isRegular(geometry))
      order.sort((a, b) => heightOf(images[a], geometry.normal) - heightOf(images[b], geometry.normal));
    const sliceOf = new Array<number>(images.length).fill(0);
    for (const [slice, image] of order.entries()) sliceOf[image] = slice;
    const imageIds = order.map((image) => labelImageId(String(nShown), image));
    const labels = segmentation.layers[index] ?? [];
    declareLabelImages(
      imageIds,
      order.flatMap((image) => images[image] ?? []),
      order.flatMap((image) => labels[image] ?? []),
      segmentation.raster,
    );
    const colours: Types.Color[] = Array.from({ length: 256 }, () => [...HIDDEN]);
    const layer: ShownLayer = {
      id,
      imageIds,
      imageAt: order,
      sliceOf,
      colours,
      colourIndex: 0,
      isRegular: isRegular(geometry),
    };
    paintColours(colours, segmentation, this.hiddenSegments.get(segmentation.id));
    layer.colourIndex = cornerstone.config.color.addColorLUT(colours);
    cornerstone.addSegmentations([
      {
        segmentationId: id,
        representation: {
          type: LABELMAP,
          data: { imageIds: [...imageIds], referencedImageIds: order.map((image) => images[image]?.imageId ?? "") },
        },
        config: { segments: segmentsOf(segmentation), label: segmentation.name },
      } as ToolTypes.SegmentationPublicInput,
    ]);
    cornerstone.segmentationStyle.setStyle(
      { type: LABELMAP, segmentationId: id },
      {
        fillAlpha: FILL,
        fillAlphaInactive: FILL,
        outlineWidth: OUTLINE_PX,
        outlineWidthInactive: OUTLINE_PX,
        activeSegmentOutlineWidthDelta: 0.5,
      },
    );
    if (index === 0) cornerstone.segmentIndex.setActiveSegmentIndex(id, segmentation.activeLabel);
    return layer;
  }

  /** Draw what the segmentation has now. */
  private redraw(segmentation: Segmentation, changed: readonly number[]): void {
    const known = this.shown.get(segmentation);
    if (!known) return;
    const layers = this.layersOf(segmentation);
    if (known.segments !== segmentation.segments || known.active !== segmentation.activeLabel) {
      known.segments = segmentation.segments;
      known.active = segmentation.activeLabel;
      for (const { id } of layers) {
        cornerstone.updateSegmentations([{ segmentationId: id, payload: { segments: segmentsOf(segmentation) } }]);
        cornerstone.segmentIndex.setActiveSegmentIndex(id, segmentation.activeLabel);
      }
      this.colour(segmentation);
    }
    if (changed.length > 0) {
      this.isTelling = true;
      for (const { id, sliceOf } of layers) {
        const slices = changed.map((image) => sliceOf[image] ?? 0);
        cornerstone.triggerSegmentationEvents.triggerSegmentationDataModified(id, slices);
      }
      this.isTelling = false;
    }
    for (const element of this.elements) this.attach(element);
  }

  private colour(segmentation: Segmentation): void {
    for (const layer of this.shown.get(segmentation)?.layers ?? []) {
      paintColours(layer.colours, segmentation, this.hiddenSegments.get(segmentation.id));
      cornerstone.config.color.addColorLUT(layer.colours, layer.colourIndex);
      for (const viewport of viewports()) {
        const found = cornerstone.state.getSegmentationRepresentation(viewport.id, {
          segmentationId: layer.id,
          type: LABELMAP,
        });
        if (found)
          cornerstone.triggerSegmentationEvents.triggerSegmentationRepresentationModified(viewport.id, layer.id);
      }
    }
  }

  /** Note which images a tool may have changed: of a volume it says which, of a stack it is the one on the screen. */
  private readonly onDrawn = (event: Event): void => {
    if (this.isTelling) return;
    const detail = (event as CustomEvent<{ segmentationId: string; modifiedSlicesToUse?: number[] }>).detail;
    for (const [segmentation, { layers }] of this.shown) {
      const layer = layers[0];
      if (!layer || layer.id !== detail.segmentationId) continue;
      const images = this.drawn.get(segmentation) ?? new Set<number>();
      for (const slice of detail.modifiedSlicesToUse ?? []) images.add(layer.imageAt[slice] ?? 0);
      for (const viewport of viewports()) {
        if (!(viewport instanceof StackViewport)) continue;
        const image = segmentation.images.findIndex(({ imageId }) => imageId === viewport.getCurrentImageId());
        if (image >= 0) images.add(image);
      }
      this.drawn.set(segmentation, images);
      this.takeSoon();
    }
  };

  private takeSoon(): void {
    clearTimeout(this.timer);
    this.onTaking(true);
    this.timer = setTimeout(() => {
      if (!this.isPointerDown) this.takeDrawn();
    }, QUIET_AFTER_STROKE_MS);
  }

  private imageLookedAt(ids: ReadonlySet<string>, images: readonly { imageId: string }[]): number {
    for (const viewport of viewports()) {
      const current = viewport instanceof StackViewport ? viewport.getCurrentImageId() : undefined;
      if (current && ids.has(current)) return images.findIndex(({ imageId }) => imageId === current);
    }
    return images.length >> 1;
  }
}

function provideCurrent({ images }: Segmentation, { imageIds, sliceOf }: ShownLayer, viewport: StackViewport): void {
  const current = viewport.getCurrentImageId();
  const image = images.findIndex(({ imageId }) => imageId === current);
  if (image >= 0) provideLabelImages([imageIds[sliceOf[image] ?? 0] ?? ""]);
}

function paintColours(
  colours: Types.Color[],
  { segments }: Segmentation,
  hidden: ReadonlySet<number> = new Set(),
): void {
  for (const segment of segments) {
    const [red, green, blue] = rgbOf(segment.colour);
    colours[segment.label] = [red, green, blue, hidden.has(segment.label) ? 0 : 255];
  }
}

function segmentsOf({ segments, activeLabel }: Segmentation) {
  return Object.fromEntries(
    segments.map(({ label, name }) => [
      label,
      { segmentIndex: label, label: name, active: label === activeLabel, locked: false, cachedStats: {} },
    ]),
  );
}

function heightOf(
  image: Segmentation["images"][number] | undefined,
  normal: readonly [number, number, number],
): number {
  const [x, y, z] = image?.geometry.position_mm ?? [0, 0, 0];
  return x * normal[0] + y * normal[1] + z * normal[2];
}

/** Return the image that a stack shows or is about to show. */
function shownIn(viewport: Sliced) {
  const imageId = viewport instanceof StackViewport ? viewport.getCurrentImageId() : undefined;
  return (imageId && namedBy(imageId)) || [];
}

type Sliced = StackViewport | VolumeViewport;

function viewportOf(element: HTMLDivElement): Sliced | undefined {
  const viewport: unknown = getEnabledElement(element)?.viewport;
  return isSliced(viewport) ? viewport : undefined;
}

function isSliced(viewport: unknown): viewport is Sliced {
  return viewport instanceof StackViewport || viewport instanceof VolumeViewport;
}

function viewports(): Sliced[] {
  const all = (getRenderingEngines() ?? []).flatMap((engine): unknown[] => engine.getViewports());
  return all.filter(isSliced);
}
