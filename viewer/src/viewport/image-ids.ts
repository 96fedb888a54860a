/** Frames made known to Cornerstone's loader. */
import { wadors } from "@cornerstonejs/dicom-image-loader";
import { frameAddress } from "../dicomweb/retrieve";
import type { Frame } from "./frames";

/** Return the names by which Cornerstone fetches these frames. */
export function imageIdsOf(frames: readonly Frame[], studyUid: string, seriesUid: string): string[] {
  return frames.map((frame) => {
    const address = frameAddress(studyUid, seriesUid, frame.instanceUid, frame.frameNumber);
    const imageId = `wadors:${address}`;
    wadors.metaDataManager.add(imageId, frame.dataset as Parameters<typeof wadors.metaDataManager.add>[1]);
    return imageId;
  });
}
