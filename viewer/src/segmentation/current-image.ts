/** The image of a series that is on the screen, or its first one. */

import { currentViewport } from "../measurements/current-viewport";
import type { StudyImage } from "../measurements/study-images";
import type { StudySegmentations } from "./study-segmentations";

export function currentImage(study: StudySegmentations, seriesUid: string | undefined): StudyImage | undefined {
  const viewport = currentViewport();
  const shown = viewport && study.images.named(viewport.getCurrentImageId() ?? "");
  if (shown?.reference.seriesUid === seriesUid) return shown;
  return study.images.all.find(({ reference }) => reference.seriesUid === seriesUid);
}
