/** Retrieve the metadata of a series, with what the display needs to be complete. Source: DICOM PS3.18 sec. 10.4 (Retrieve). */
import { getJson } from "../http/request";
import type { Dataset } from "./json-model";
import { withPalette } from "./palette";
import { ROOT } from "./studies";

export async function seriesMetadata(studyUid: string, seriesUid: string, signal?: AbortSignal): Promise<Dataset[]> {
  const path = `${ROOT}/studies/${encodeURIComponent(studyUid)}/series/${encodeURIComponent(seriesUid)}/metadata`;
  const instances = await getJson<Dataset[]>(path, "application/dicom+json", signal);
  return Promise.all(instances.map(withPalette));
}

/** Return the address of one frame (counted from 1) of an instance, absolute because a worker asks for it. */
export function frameAddress(studyUid: string, seriesUid: string, instanceUid: string, frame: number): string {
  const [study, series, instance] = [studyUid, seriesUid, instanceUid].map(encodeURIComponent);
  return `${location.origin}${ROOT}/studies/${study}/series/${series}/instances/${instance}/frames/${frame}`;
}
