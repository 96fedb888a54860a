/** Measurement reports of a study in the archive: finding them, storing them. */
import type { Dataset } from "../dicomweb/json-model";
import { storeDataset } from "../dicomweb/store-dataset";
import { findObjects } from "../dicomweb/study-objects";

export interface ReportArchive {
  /** Return the data sets of all structured reports of the study. */
  find(studyUid: string): Promise<Dataset[]>;
  store(dataset: Dataset): Promise<void>;
}

export const archive: ReportArchive = {
  find: (studyUid) => findObjects(studyUid, "SR"),
  store: storeDataset,
};
