/** Images and segments made up for tests. */
import type { Dataset } from "../../src/dicomweb/json-model";
import { studyImagesOf } from "../../src/measurements/study-images";
import { FIRST_KIND, newSegment } from "../../src/segmentation/new-segment";
import type { Segment } from "../../src/segmentation/segment";
import { KINDS, type SegmentKind } from "../../src/segmentation/segment-codes";
import { imageDataset } from "../measurements/examples";

/** A raster whose pixels do not fill bytes: 7 x 5. */
export const RASTER = { columns: 7, rows: 5 };
/** Along the normal of the images of `imageDataset`. */
const NORMAL = [0.48, -0.64, 0.6] as const;

/** Return images 2.5 mm apart, in the order of reading. */
export function images(n: number, changes: Dataset = {}) {
  const datasets = Array.from({ length: n }, (_, index) =>
    imageDataset({
      "00080018": { vr: "UI", Value: [`1.2.3.4.${index + 1}`] },
      "00200013": { vr: "IS", Value: [index + 1] },
      "00200032": { vr: "DS", Value: NORMAL.map((axis) => -100 + axis * 2.5 * index) },
      "00280010": { vr: "US", Value: [RASTER.rows] },
      "00280011": { vr: "US", Value: [RASTER.columns] },
      ...changes,
    }),
  );
  return studyImagesOf(datasets);
}

export function twoSegments(): Segment[] {
  const first = newSegment(FIRST_KIND, []) as Segment;
  const liver = KINDS.find(({ type }) => type.meaning === "Liver") as SegmentKind;
  return [first, newSegment(liver, [first]) as Segment];
}
