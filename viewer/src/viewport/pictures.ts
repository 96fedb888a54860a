/** Which series a study opens with. */
import type { Series } from "../dicomweb/studies";
import { hasUsuallyPictures } from "../documents/without-pictures";

/** Return the series that a study opens with: the first with pictures, or the first. */
export function openingSeries(series: readonly Series[]): Series | undefined {
  return series.find(({ modality }) => hasUsuallyPictures(modality)) ?? series[0];
}
