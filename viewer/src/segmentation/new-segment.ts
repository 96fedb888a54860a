/** Segments as they are begun here. */
import { newUid } from "../dicomweb/uids";
import { cielabOf } from "./cielab";
import { freeLabel, type Segment } from "./segment";
import { furtherColour, KINDS, type SegmentKind } from "./segment-codes";

/** Return a segment of this kind with a free label and a colour of its own; undefined when there is no label left. */
export function newSegment(kind: SegmentKind, segments: readonly Segment[]): Segment | undefined {
  const label = freeLabel(segments);
  if (label === undefined) return undefined;
  const alike = segments.filter((one) => one.type.value === kind.type.value).length;
  const name = alike > 0 ? `${kind.type.meaning} ${alike + 1}` : kind.type.meaning;
  return {
    label,
    name,
    category: kind.category,
    type: kind.type,
    modifiers: [],
    algorithm: "MANUAL",
    algorithmName: "",
    colour: cielabOf(alike > 0 ? furtherColour(label) : kind.rgb),
    trackingId: `${name} ${label}`,
    trackingUid: newUid(),
  };
}

export const FIRST_KIND = KINDS[0] as SegmentKind;
