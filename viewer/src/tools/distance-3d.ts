/**
 * Two clicks measure the straight distance between two places in the patient, on any images and planes.
 *
 * Cornerstone's length lies on one image. Here each point keeps the place where it was set, and every picture of the
 * same frame of reference shows the line between them: whole where both points lie in what is shown, else dashed.
 */
import {
  type Types as Core,
  eventTarget,
  getEnabledElement,
  getEnabledElementByViewportId,
  getRenderingEngines,
  triggerEvent,
} from "@cornerstonejs/core";
import { annotation as annotations, Enums, LengthTool, type Types, utilities } from "@cornerstonejs/tools";
import { dot, minus, norm, type Vector } from "../overlays/vectors";
import type { PointerTool } from "./pointer-tool";

type Point = Core.Point3;
type Viewport = Core.IStackViewport | Core.IVolumeViewport;
type Measured = { length?: number; unit?: string };
type Near = Parameters<LengthTool["getHandleNearImagePoint"]>;

/** The annotation that has its first point only. Tools of all groups share it: the other point may lie in any cell. */
let begun: Types.Annotation | undefined;

/** Name of the tool, by which its annotations are known. */
export const DISTANCE_3D = "Distance3D";

class Distance3DTool extends LengthTool {
  static override toolName = DISTANCE_3D;

  constructor(props = {}) {
    super(props);
    this.addNewAnnotation = (event) => this.setPoint(event);
    const isNear = this.isPointNearTool;
    this.isPointNearTool = (...given) => given[1] !== begun && isNear(...given);
    const cancel = this.cancel;
    this.cancel = (element) => {
      const dropped = begun?.annotationUID;
      dropBegun();
      return cancel(element) ?? dropped;
    };
  }

  private setPoint(event: Parameters<LengthTool["addNewAnnotation"]>[0]) {
    const { element, currentPoints } = event.detail;
    event.preventDefault();
    const place: Point = [...currentPoints.world];
    const space = getEnabledElement(element)?.FrameOfReferenceUID ?? "";
    const first = begun;
    if (first && first.metadata?.FrameOfReferenceUID === space && annotations.state.getAnnotation(uidOf(first))) {
      begun = undefined;
      if (first.data.handles?.points) first.data.handles.points[1] = place;
      first.data.cachedStats = {};
      triggerEvent(eventTarget, Enums.Events.ANNOTATION_COMPLETED, { annotation: first });
      drawAll();
      return first as ReturnType<LengthTool["addNewAnnotation"]>;
    }
    dropBegun();
    const made = this.createAnnotation(event, [[...place], [...place]]) as unknown as Types.Annotation;
    // It lies on no single image.
    if (made.metadata) delete made.metadata.referencedImageId;
    begun = made;
    annotations.state.addAnnotation(made, element);
    drawAll();
    return made as ReturnType<LengthTool["addNewAnnotation"]>;
  }

  /** Everywhere: the line is projected onto what is shown. */
  override filterInteractableAnnotationsForElement(_: HTMLDivElement, known: Types.Annotations) {
    return known;
  }

  /** A point can be taken where it lies in the picture; elsewhere its projection would change its depth unseen. */
  override getHandleNearImagePoint(...given: Near) {
    const [element, annotation] = given;
    if (annotation === begun) return undefined;
    const found = super.getHandleNearImagePoint(...given);
    const viewport = getEnabledElement(element)?.viewport;
    const isPoint = Array.isArray(found) && viewport;
    return isPoint && !isShown(viewport, found as unknown as Vector) ? undefined : found;
  }

  override getAnnotationStyle(context: Parameters<LengthTool["getAnnotationStyle"]>[0]) {
    const style = super.getAnnotationStyle(context);
    const { viewportId } = context.styleSpecifier;
    const viewport = viewportId === undefined ? undefined : getEnabledElementByViewportId(viewportId)?.viewport;
    const points = (context.annotation.data.handles?.points ?? []) as unknown as Vector[];
    const isWhole = viewport === undefined || points.every((point) => isShown(viewport, point));
    return isWhole ? style : { ...style, lineDash: "4,4" };
  }

  override _calculateCachedStats(...[annotation, , enabled]: Parameters<LengthTool["_calculateCachedStats"]>) {
    const [a, b] = annotation.data.handles.points as unknown as [Vector, Vector];
    const { cachedStats } = annotation.data;
    const image = (enabled as { viewport: Viewport }).viewport.getImageData();
    // A picture without a spacing has no millimetres.
    const unit = image && "hasPixelSpacing" in image && image.hasPixelSpacing === false ? "px" : "mm";
    for (const target of Object.keys(cachedStats)) {
      cachedStats[target] = { length: norm(minus(b, a)), unit } as (typeof cachedStats)[string];
    }
    annotation.invalidated = false;
    return cachedStats;
  }
}

/** Forget a first point that has no second one. */
export function dropBegun(): void {
  if (begun) annotations.state.removeAnnotation(uidOf(begun));
  begun = undefined;
  drawAll();
}

function uidOf({ annotationUID }: Types.Annotation): string {
  return annotationUID ?? "";
}

/** Whether a point lies in the picture that a viewport shows, to half the distance of its images. */
function isShown(viewport: Viewport, point: Vector): boolean {
  const { viewPlaneNormal, focalPoint } = viewport.getCamera();
  if (!viewPlaneNormal || !focalPoint) return true;
  const [, , between_mm = 0] = viewport.getImageData()?.spacing ?? [];
  const off_mm = Math.abs(dot(minus(point, focalPoint as Vector), viewPlaneNormal as Vector));
  return off_mm <= Math.max(0.5, between_mm / 2);
}

/** The line appears in all pictures, also in those whose tools are another group. */
function drawAll(): void {
  const viewportIds = (getRenderingEngines() ?? []).flatMap((engine) => engine.getViewports().map(({ id }) => id));
  if (viewportIds.length > 0) utilities.triggerAnnotationRenderForViewportIds(viewportIds);
}

export const distance3d: PointerTool = {
  name: DISTANCE_3D,
  id: "distance-3d",
  key: "D",
  kind: "measure",
  tool: Distance3DTool,
  configuration: {
    getTextLines: ({ cachedStats }: Types.Annotation["data"], target: string) => {
      const { length, unit } = (cachedStats as Record<string, Measured> | undefined)?.[target] ?? {};
      return length ? [`${length.toFixed(1)} ${unit} (3D)`] : undefined;
    },
  },
};
