/** Which series hold pictures. */
import type { Series } from "../dicomweb/studies";

/** Modalities whose objects hold no pictures of their own. */
export const WITHOUT_PICTURES: ReadonlySet<string> = new Set([
  "SR",
  "PR",
  "KO",
  "RTSTRUCT",
  "RTPLAN",
  "REG",
  "ECG",
  "DOC",
  "AU",
  "HD",
]);

/** Return the series that a study opens with: the first with pictures, or the first. */
export function openingSeries(series: readonly Series[]): Series | undefined {
  return series.find(({ modality }) => !WITHOUT_PICTURES.has(modality)) ?? series[0];
}
