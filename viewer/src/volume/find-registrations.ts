/** The registration objects of studies, asked for once. */
import type { Dataset } from "../dicomweb/json-model";
import { seriesMetadata } from "../dicomweb/retrieve";
import { findSeries } from "../dicomweb/studies";

/** Return every object of modality REG in the studies. */
export async function findRegistrations(studyUids: readonly string[]): Promise<Dataset[]> {
  const series = (await Promise.all([...new Set(studyUids)].map(inStudy))).flat();
  const found = await Promise.all(series.map(({ studyUid, uid }) => seriesMetadata(studyUid, uid)));
  return found.flat();
}

async function inStudy(studyUid: string) {
  const series = await findSeries(studyUid);
  return series.filter(({ modality }) => modality === "REG").map(({ uid }) => ({ studyUid, uid }));
}
