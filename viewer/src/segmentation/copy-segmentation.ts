/** A segmentation of others as one of our own, that can be changed. Where its segments overlap the first one stays. */
import { newUid } from "../dicomweb/uids";
import type { Segmentation } from "./Segmentation";
import type { SegmentationKeeper } from "./SegmentationKeeper";
import type { StudySegmentations } from "./study-segmentations";

export function copyOf(study: StudySegmentations, of: Segmentation, name: string): SegmentationKeeper {
  const [image] = of.images;
  if (!image) throw new Error("A segmentation without images cannot be copied.");
  const segments = of.segments.map((segment) => ({ ...segment, trackingUid: newUid() }));
  const copy = study.begin(image, name, segments);
  const changed: number[] = [];
  for (const index of of.images.keys()) {
    const target = copy.segmentation.labels[index];
    if (!target) continue;
    for (const layer of of.layers) {
      const labels = layer[index] as Uint8Array;
      for (let at = 0; at < labels.length; at += 1) if (target[at] === 0) target[at] = labels[at] as number;
    }
    changed.push(index);
  }
  copy.segmentation.commit(changed);
  return copy;
}
