/** The places of a segmentation's frames in short, as the archive tells them: what many frames share is said once. */
import type { Vector } from "../overlays/vectors";
import { vectorOf } from "../overlays/vectors";
import type { FramePlane, SegmentationFrame } from "./read-segmentation";

export interface FrameList {
  /** Segment number of each frame, 0 where the pixels say it. */
  segments: readonly number[];
  planes: readonly { position?: number[]; orientation?: number[]; spacing?: number[] }[];
  /** For each frame the number of its plane, -1 for none of its own. */
  planeOf: readonly number[];
  sources: readonly (readonly [sopInstanceUid: string, frame: number])[];
  sourcesOf: readonly (readonly number[])[];
}

/** What the shared groups say of planes. */
export interface SharedPlane {
  position: readonly number[];
  orientation: readonly number[];
  spacing: readonly number[];
}

/** Return the frames; those in the same plane share one object. */
export function framesOfList(
  list: FrameList,
  shared: SharedPlane,
  labelOf: ReadonlyMap<number, number>,
): SegmentationFrame[] {
  const planes = list.planes.map((own) => planeOf({ ...shared, ...own }));
  const bare = planeOf(shared);
  const sources = list.sources.map(([sopInstanceUid, frame]) => ({ sopInstanceUid, frame }));
  return list.segments.map((segment, index) => {
    const plane = list.planeOf[index] ?? -1;
    return {
      number: index + 1,
      label: labelOf.get(segment) ?? 0,
      sources: (list.sourcesOf[index] ?? []).flatMap((source) => sources[source] ?? []),
      plane: plane < 0 ? bare : planes[plane],
    };
  });
}

/** Return the plane, or undefined where something is not stated. */
export function planeOf({ position, orientation, spacing }: SharedPlane): FramePlane | undefined {
  const position_mm = vectorOf([...position]);
  const axes = [...orientation];
  const [alongRow, alongColumn]: (Vector | undefined)[] = [vectorOf(axes), vectorOf(axes, 3)];
  const [rowSpacing_mm, columnSpacing_mm] = spacing;
  if (!position_mm || !alongRow || !alongColumn || !rowSpacing_mm || !columnSpacing_mm) return undefined;
  return { position_mm, alongRow, alongColumn, columnSpacing_mm, rowSpacing_mm };
}
