/** A volume seen as a solid, with a table of colours and opacities. */
import { CONSTANTS, Enums, type Types } from "@cornerstonejs/core";
import type { Settings } from "../layout/layout";
import type { Vector } from "../overlays/vectors";
import type { Stage } from "../viewport/Stage";
import type { PixelUnderPointer, ViewedPlane } from "../viewport/View";
import { VolumeController } from "./VolumeController";

const { ViewportType } = Enums;

/** Names of the tables, as Cornerstone has them, those for this modality first. */
export function renderingNames(modality: string): string[] {
  const names = CONSTANTS.VIEWPORT_PRESETS.map(({ name }) => name);
  const isOwn = (name: string) => name.startsWith(modality === "MR" ? "MR" : "CT");
  return [...names.filter(isOwn), ...names.filter((name) => !isOwn(name))];
}

export function usualRendering(modality: string): string {
  return modality === "MR" || modality === "PT" ? "MR-Default" : "CT-Bone";
}

export class SolidController extends VolumeController {
  private readonly modality: string;

  constructor(stage: Stage, element: HTMLDivElement, modality: string) {
    super(stage, element, ViewportType.VOLUME_3D, {
      orientation: Enums.OrientationAxis.CORONAL,
    });
    this.modality = modality;
    stage.tools.join(this.id, stage.engine.id, "solid");
  }

  protected get viewport(): Types.IVolumeViewport {
    return this.stage.engine.getViewport(this.id) as Types.IVolumeViewport;
  }

  protected begin(settings: Settings): void {
    this.setRendering(settings.rendering ?? usualRendering(this.modality));
    this.viewport.resetCamera();
    this.drawAndTell();
  }

  setRendering(name: string): void {
    this.viewport.setProperties({ preset: name });
    this.drawAndTell();
  }

  get index(): number {
    return 0;
  }

  get nImages(): number {
    return 1;
  }

  /** A solid has no images to go through. */
  async goTo(): Promise<void> {}

  async goToPoint(_point_mm: Vector): Promise<void> {}

  /** Opacity and not a window decides what is seen of a solid. */
  override setRange(): void {}

  override reset(): void {
    this.viewport.resetCamera();
    this.drawAndTell();
  }

  pixelAt(): PixelUnderPointer | undefined {
    return undefined;
  }

  protected viewedPlane(): ViewedPlane | undefined {
    return undefined;
  }
}
