/** Which image of a stack goes with an image of another one. */
import { dot, minus, type Vector } from "../overlays/vectors";

export interface Place {
  position_mm: Vector;
  normal: Vector;
}

/** Planes that are turned against each other by more than this are not scrolled by place: 18 degrees. */
const PARALLEL = 0.95;

export function areParallel(a: Vector, b: Vector): boolean {
  return Math.abs(dot(a, b)) > PARALLEL;
}

/** Return the image whose plane is nearest to a point, or undefined when no image knows its place. */
export function nearestImage(places: readonly (Place | undefined)[], point_mm: Vector): number | undefined {
  let nearest: { index: number; distance_mm: number } | undefined;
  places.forEach((place, index) => {
    if (!place) return;
    const distance_mm = Math.abs(dot(minus(point_mm, place.position_mm), place.normal));
    if (!nearest || distance_mm < nearest.distance_mm) nearest = { index, distance_mm };
  });
  return nearest?.index;
}

/** Return the distance between neighbouring images in mm, or undefined when they do not lie behind each other. */
export function imageStep_mm(places: readonly (Place | undefined)[]): number | undefined {
  const [first, last] = [places[0], places.at(-1)];
  if (!first || !last || places.length < 2 || !areParallel(first.normal, last.normal)) return undefined;
  const length_mm = Math.abs(dot(minus(last.position_mm, first.position_mm), first.normal));
  return length_mm > 0 ? length_mm / (places.length - 1) : undefined;
}

export interface Position {
  index: number;
  nImages: number;
  step_mm: number | undefined;
}

/**
 * Return the image to show when stacks that share no space are scrolled together: both go the same way, in mm where
 * both know their steps, else image by image.
 */
export function offsetImage(target: Position, source: Position, sourceIndex: number): number {
  const scale = target.step_mm && source.step_mm ? source.step_mm / target.step_mm : 1;
  const index = target.index + Math.round((sourceIndex - source.index) * scale);
  return Math.min(target.nImages - 1, Math.max(0, index));
}
