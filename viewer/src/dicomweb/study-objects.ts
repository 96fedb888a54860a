/** All objects of one modality in a study, as data sets: reports (SR), presentation states (PR), key images (KO). */
import type { Dataset } from "./json-model";
import { seriesMetadata } from "./retrieve";
import { findSeries } from "./studies";

export async function findObjects(studyUid: string, modality: "SR" | "PR" | "KO"): Promise<Dataset[]> {
  const series = (await findSeries(studyUid)).filter((one) => one.modality === modality);
  const found = await Promise.all(series.map(({ uid }) => seriesMetadata(studyUid, uid)));
  return found.flat();
}
