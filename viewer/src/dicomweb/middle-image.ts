/** What the middle image of a series says of some attributes. */
import { getJson } from "../http/request";
import type { Dataset } from "./json-model";
import { ROOT, type Series } from "./studies";

/** Return these attributes of the middle image, or undefined when the series has none. */
export async function middleImage(series: Series, keywords: readonly string[]): Promise<Dataset | undefined> {
  const middle = Math.max(0, Math.floor(((series.nInstances ?? 1) - 1) / 2));
  const query = [`limit=1&offset=${middle}`, ...keywords.map((keyword) => `includefield=${keyword}`)].join("&");
  const path = `${ROOT}/studies/${encodeURIComponent(series.studyUid)}/series/${encodeURIComponent(series.uid)}/instances`;
  return (await getJson<Dataset[]>(`${path}?${query}`, "application/dicom+json"))[0];
}
