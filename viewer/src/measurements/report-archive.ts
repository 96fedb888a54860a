/** Measurement reports of a study in the archive: finding them, storing them. */
import type { Dataset } from "../dicomweb/json-model";
import { seriesMetadata } from "../dicomweb/retrieve";
import { storeDataset } from "../dicomweb/store-dataset";
import { findSeries } from "../dicomweb/studies";

export interface ReportArchive {
  /** Return the data sets of all structured reports of the study. */
  find(studyUid: string): Promise<Dataset[]>;
  store(dataset: Dataset): Promise<void>;
}

export const archive: ReportArchive = {
  async find(studyUid) {
    const series = (await findSeries(studyUid)).filter(({ modality }) => modality === "SR");
    const found = await Promise.all(series.map(({ uid }) => seriesMetadata(studyUid, uid)));
    return found.flat();
  },
  store: storeDataset,
};
