/** Bring the image with most of a segment onto the screen. */
import type { SegmentReference } from "../measurements/measurement";
import { showImage } from "../measurements/show-image";
import { segmentationsOf } from "./open-segmentations";
import { extentsOf } from "./segment-extents";

/** Do nothing where its segmentation is not open: later states of it show the same segment. */
export function showSegment(studyUid: string, { seriesUid, sopInstanceUid, number }: SegmentReference): void {
  const all = segmentationsOf(studyUid).all;
  const keeper =
    all.find(({ reference }) => reference?.sopInstanceUid === sopInstanceUid) ??
    all.find(({ reference }) => seriesUid && reference?.seriesUid === seriesUid);
  if (!keeper) return;
  const { segmentation } = keeper;
  const segment = segmentation.segments.find(({ label }) => keeper.numberOf(label) === number);
  const image = segment && extentsOf(segmentation).get(segment.label)?.largestImage;
  const shown = image === undefined ? undefined : segmentation.images[image];
  if (shown) void showImage(studyUid, shown.reference);
}
