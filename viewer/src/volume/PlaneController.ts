/** A plane through a volume in a viewport: axial, coronal, sagittal, oblique; thin or as a slab; with another over it. */
import { CONSTANTS, Enums, type Types, utilities } from "@cornerstonejs/core";
import type { Fusion, Plane, Projection, Settings, Slab } from "../layout/layout";
import { isUptake } from "../overlays/suv";
import { cross, minus, norm, plus, rotated, times, type Vector } from "../overlays/vectors";
import type { ValueRange } from "../tools/window";
import { type Frame, planeOf } from "../viewport/frames";
import type { Stage } from "../viewport/Stage";
import type { PixelUnderPointer, ViewedPlane } from "../viewport/View";
import { pixelIndexAt, unit } from "../viewport/ViewportController";
import { loadOver, type Over } from "./load-over";
import { alongNormal } from "./load-volume";
import { pointsAcross, projected } from "./slab";
import { VolumeController } from "./VolumeController";

const { BlendModes, Events, OrientationAxis, ViewportType } = Enums;
/** In SUV. */
const UPTAKE_OVER: ValueRange = { lower: 0, upper: 10 };

const AXES: Record<Plane, Enums.OrientationAxis> = {
  acquisition: OrientationAxis.ACQUISITION,
  axial: OrientationAxis.AXIAL,
  coronal: OrientationAxis.CORONAL,
  sagittal: OrientationAxis.SAGITTAL,
};
const BLENDS: Record<Projection, Enums.BlendModes> = {
  maximum: BlendModes.MAXIMUM_INTENSITY_BLEND,
  minimum: BlendModes.MINIMUM_INTENSITY_BLEND,
  average: BlendModes.AVERAGE_INTENSITY_BLEND,
};
/** The plane's line in the other planes, as the field draws them. */
const LINE_COLOURS: Record<Plane, string> = {
  acquisition: "rgb(92, 192, 204)",
  axial: "rgb(236, 110, 110)",
  coronal: "rgb(116, 198, 157)",
  sagittal: "rgb(240, 205, 90)",
};

export class PlaneController extends VolumeController {
  private readonly plane: Plane;
  private slab: Slab | undefined;
  /** The frames in the order of the volume's planes. */
  private placed: readonly Frame[] = [];
  /** What lies over it; its frames in the order of its planes. */
  private over: { volume: Types.IImageVolume; frames: readonly Frame[]; isSuv: boolean } | undefined;

  constructor(stage: Stage, element: HTMLDivElement, plane: Plane, frameOfReferenceUid: string) {
    super(stage, element, ViewportType.ORTHOGRAPHIC, { orientation: AXES[plane] });
    this.plane = plane;
    stage.tools.join(this.id, stage.engine.id, "plane", frameOfReferenceUid, LINE_COLOURS[plane]);
  }

  protected get viewport(): Types.IVolumeViewport {
    return this.stage.engine.getViewport(this.id) as Types.IVolumeViewport;
  }

  protected begin(settings: Settings): void {
    this.placed = inOrder(this.frames);
    this.setSlab(settings.slab);
    this.present(settings);
  }

  get index(): number {
    // Cornerstone counts against the direction of reading.
    return this.nImages - 1 - this.viewport.getSliceIndex();
  }

  get nImages(): number {
    return this.viewport.getNumberOfSlices() ?? 0;
  }

  async goTo(index: number): Promise<void> {
    const target = Math.min(this.nImages - 1, Math.max(0, index));
    const delta = this.index - target;
    if (delta !== 0) utilities.scroll(this.viewport as Parameters<typeof utilities.scroll>[0], { delta });
  }

  async goToPoint(point_mm: Vector): Promise<void> {
    (this.viewport as unknown as { jumpToWorld(point: Types.Point3): boolean }).jumpToWorld([...point_mm]);
  }

  override tilt(axis: "upright" | "level", degrees: number): void {
    const { viewPlaneNormal, viewUp, focalPoint, position } = this.viewport.getCamera();
    if (!viewPlaneNormal || !viewUp || !focalPoint || !position) return;
    const [normal, up, middle] = [viewPlaneNormal, viewUp, focalPoint].map((one) => one as Vector) as [
      Vector,
      Vector,
      Vector,
    ];
    const around = unit(axis === "upright" ? up : cross(up, normal));
    const turned = unit(rotated(normal, around, degrees));
    const distance_mm = norm(minus(position as Vector, middle));
    this.viewport.setCamera({
      viewPlaneNormal: [...turned],
      viewUp: [...unit(rotated(up, around, degrees))],
      focalPoint,
      position: [...plus(middle, times(turned, distance_mm))],
    });
    this.drawAndTell();
  }

  override reset(): void {
    this.viewport.setOrientation(AXES[this.plane]);
    super.reset();
  }

  /** Project what lies this far around the plane onto it; undefined: the plane alone. */
  setSlab(slab: Slab | undefined): void {
    this.slab = slab;
    this.viewport.setBlendMode(slab ? BLENDS[slab.projection] : BlendModes.COMPOSITE);
    // Cornerstone's thickness reaches to either side of the plane.
    if (slab) this.viewport.setSlabThickness(slab.thickness_mm / 2);
    else this.viewport.resetSlabThickness();
    this.drawAndTell();
  }

  /** Lay another series over this one, or take it away. */
  async fuse(fusion: Fusion | undefined, series: Over | undefined): Promise<void> {
    const [below] = this.frames;
    if (!this.volume || !below) return;
    const camera = this.viewport.getCamera();
    const range = this.viewport.getProperties()?.voiRange;
    this.over = undefined;
    const found = series && (await loadOver(series, { studyUid: this.studyUid, frame: below }, this.loading()));
    const over = found?.volume;
    const frames = series?.frames ?? [];
    if (this.stop.signal.aborted) return;
    const ids = [this.volume.volumeId, ...(over ? [over.volumeId] : [])];
    await this.viewport.setVolumes(ids.map((volumeId) => ({ volumeId })));
    if (over && fusion) {
      const overRange = rangeOver(over, frames);
      this.viewport.setProperties(
        {
          voiRange: overRange,
          colormap: {
            name: fusion.colourMap,
            opacity: opacityOver(overRange, fusion.opacity),
          },
        },
        over.volumeId,
      );
      this.coverThinPlane(over.volumeId);
    }
    this.viewport.setCamera(camera);
    if (range) this.viewport.setProperties({ voiRange: range }, this.volume.volumeId);
    // The second volume reaches the graphics card while the first picture is drawn: only the next one shows it.
    this.element.addEventListener(Events.IMAGE_RENDERED, () => this.render(), { once: true });
    this.setSlab(this.slab);
    if (over)
      this.over = { volume: over, frames: inOrder(frames), isSuv: frames[0] ? isUptake(frames[0].dataset) : false };
    this.onNotice(undefined);
  }

  /** Opacity is meant for the plane as it is drawn: by itself vtk.js takes it per millimetre, and a plane is thinner. */
  private coverThinPlane(volumeId: string): void {
    const entry = this.viewport.getActors().find(({ referencedId }) => referencedId === volumeId);
    const volume = entry?.actor as Types.VolumeActor | undefined;
    volume?.getProperty().setScalarOpacityUnitDistance(0, 2 * CONSTANTS.RENDERING_DEFAULTS.MINIMUM_SLAB_THICKNESS);
  }

  pixelAt(clientX: number, clientY: number): PixelUnderPointer | undefined {
    if (!this.volume || !this.isReady()) return undefined;
    const point_mm = this.worldAt(clientX, clientY);
    const found = this.valueAt(this.volume, point_mm);
    if (!found) return undefined;
    const image = this.frames.indexOf(this.placed[found.depth] as Frame);
    const pixel = { column: found.column, row: found.row, image, values: [found.value], isSuv: this.isSuv };
    const over = this.over && this.valueAt(this.over.volume, point_mm);
    const frame = over && this.over?.frames[over.depth];
    if (!over || !frame || !this.over) return pixel;
    const { isSuv } = this.over;
    return { ...pixel, over: { frame, pixel: { column: over.column, row: over.row, values: [over.value], isSuv } } };
  }

  /** Return what a volume holds at a place, or across the slab there; undefined outside of it. */
  private valueAt(volume: Types.IImageVolume, point_mm: Vector) {
    const at = (point: Vector) => pixelIndexAt(volume, point).map(Math.round) as [number, number, number];
    const [column, row, depth] = at(point_mm);
    const isInside = (index: readonly number[]) => index.every((i, k) => i >= 0 && i < (volume.dimensions[k] ?? 0));
    if (!volume.voxelManager || !isInside([column, row, depth])) return undefined;
    const { slab } = this;
    const points = slab
      ? pointsAcross(point_mm, this.normal(), slab.thickness_mm, Math.min(...volume.spacing) / 2)
      : [point_mm];
    const values = points
      .map(at)
      .filter(isInside)
      .map(([i, j, k]) => Number(volume.voxelManager?.getAtIJK(i, j, k)));
    const value = slab ? projected(slab.projection, values) : (values[0] ?? Number.NaN);
    return { column, row, depth, value };
  }

  protected viewedPlane(): ViewedPlane | undefined {
    const { clientWidth: width, clientHeight: height } = this.element;
    const world = (x: number, y: number) => this.viewport.canvasToWorld([x, y]) as Vector;
    const corners_mm = [world(0, 0), world(width, 0), world(width, height), world(0, height)] as const;
    const origin_mm = this.viewport.getCamera().focalPoint as Vector | undefined;
    return origin_mm && { origin_mm, normal: this.normal(), corners_mm };
  }

  private normal(): Vector {
    return unit(times((this.viewport.getCamera().viewPlaneNormal ?? [0, 0, 1]) as Vector, -1));
  }
}

function inOrder(frames: readonly Frame[]): readonly Frame[] {
  const normal = frames[0] && planeOf(frames[0])?.normal;
  return normal ? alongNormal(frames, normal) : frames;
}

/** Return the values between which the colours of the upper volume run: usual uptake, or all that it holds. */
function rangeOver(volume: Types.IImageVolume, frames: readonly Frame[]): ValueRange {
  const [first] = frames;
  if (first && isUptake(first.dataset)) return UPTAKE_OVER;
  const { min, max } = volume.voxelManager?.getMinMax?.() ?? { min: 0, max: 1 };
  return { lower: min, upper: max };
}

/** Return opacity over values: nothing where there is nothing, rising to the whole at a fifth of the range. */
function opacityOver({ lower, upper }: { lower: number; upper: number }, opacity: number) {
  const rise = lower + (upper - lower) / 5;
  return [
    { value: lower, opacity: 0 },
    { value: rise, opacity },
    { value: upper, opacity },
  ];
}
