/** Segmentations of a study in the archive: which there are, their frames, storing them. */
import { itemsOf, textOf } from "../dicomweb/attributes";
import { frameBytes } from "../dicomweb/frame-bytes";
import type { Dataset } from "../dicomweb/json-model";
import { instanceMetadata, seriesMetadata } from "../dicomweb/retrieve";
import { storeDataset } from "../dicomweb/store-dataset";
import { findInstances, findSeries, type Series } from "../dicomweb/studies";
import type { WrittenSegmentation } from "./write-segmentation";

export interface SegmentationArchive {
  /** Return the data sets of all segmentations that no other one takes the place of. */
  find(studyUid: string): Promise<Dataset[]>;
  frames(place: InstancePlace, numbers: readonly number[]): Promise<Uint8Array[]>;
  store(written: WrittenSegmentation): Promise<void>;
}

export interface InstancePlace {
  studyUid: string;
  seriesUid: string;
  sopInstanceUid: string;
}

export const archive: SegmentationArchive = {
  async find(studyUid) {
    const series = (await findSeries(studyUid)).filter(({ modality }) => modality === "SEG");
    const found = await Promise.all(series.map(currentDatasets));
    return found.flat();
  },
  frames: ({ studyUid, seriesUid, sopInstanceUid }, numbers) =>
    frameBytes(studyUid, seriesUid, sopInstanceUid, numbers),
  store: ({ dataset, pixels }) => storeDataset(dataset, pixels),
};

/** Old states are many and large: only what has not been replaced is fetched. */
async function currentDatasets({ studyUid, uid: seriesUid, nInstances }: Series): Promise<Dataset[]> {
  if (nInstances === 1) return seriesMetadata(studyUid, seriesUid);
  const found = await findInstances(studyUid, seriesUid, "PredecessorDocumentsSequence");
  const replaced = new Set(found.flatMap(replacedBy));
  const current = found.map((dataset) => textOf(dataset, "SOPInstanceUID")).filter((uid) => !replaced.has(uid));
  return Promise.all(current.map((uid) => instanceMetadata(studyUid, seriesUid, uid)));
}

function replacedBy(dataset: Dataset): string[] {
  return itemsOf(dataset, "PredecessorDocumentsSequence")
    .flatMap((study) => itemsOf(study, "ReferencedSeriesSequence"))
    .flatMap((series) => itemsOf(series, "ReferencedSOPSequence"))
    .map((item) => textOf(item, "ReferencedSOPInstanceUID"));
}
