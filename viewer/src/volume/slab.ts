/** Slabs: what they are called, how thick they may be, and which value they show. */
import type { Projection, Slab } from "../layout/layout";
import type { Vector } from "../overlays/vectors";
import { plus, times } from "../overlays/vectors";

export const THICKNESSES_MM = [2, 3, 5, 8, 10, 15, 20, 30, 50, 80] as const;
const FIRST_MM = 10;
const ORDER: readonly (Projection | undefined)[] = [undefined, "maximum", "minimum", "average"];

/** Return the next kind of slab: none, maximum, minimum, average, none. */
export function nextSlab(slab: Slab | undefined): Slab | undefined {
  const projection = ORDER[(ORDER.indexOf(slab?.projection) + 1) % ORDER.length];
  return projection && { projection, thickness_mm: slab?.thickness_mm ?? FIRST_MM };
}

/** Return the slab one step thicker (1) or thinner (-1). */
export function resized(slab: Slab, step: 1 | -1): Slab {
  const thicker = THICKNESSES_MM.find((thickness) => thickness > slab.thickness_mm);
  const thinner = THICKNESSES_MM.findLast((thickness) => thickness < slab.thickness_mm);
  return { ...slab, thickness_mm: (step === 1 ? thicker : thinner) ?? slab.thickness_mm };
}

/** Return the points across a slab, no further apart than `step_mm`, with the middle one among them. */
export function pointsAcross(centre_mm: Vector, normal: Vector, thickness_mm: number, step_mm: number): Vector[] {
  const n = Math.max(0, Math.ceil(thickness_mm / 2 / step_mm));
  const distance_mm = n > 0 ? thickness_mm / 2 / n : 0;
  return Array.from({ length: 2 * n + 1 }, (_, index) => plus(centre_mm, times(normal, (index - n) * distance_mm)));
}

const PROJECTED: Record<Projection, (values: readonly number[]) => number> = {
  maximum: (values) => Math.max(...values),
  minimum: (values) => Math.min(...values),
  average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

export function projected(projection: Projection, values: readonly number[]): number {
  return values.length > 0 ? PROJECTED[projection](values) : Number.NaN;
}
