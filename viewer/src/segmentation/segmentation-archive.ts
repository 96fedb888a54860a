/** Segmentations of a study in the archive: which there are, their frames, storing them. */
import { frameBytes } from "../dicomweb/frame-bytes";
import type { Dataset } from "../dicomweb/json-model";
import { storeDataset } from "../dicomweb/store-dataset";
import { findSeries } from "../dicomweb/studies";
import { getJson } from "../http/request";
import type { FrameList } from "./frame-list";
import type { WrittenSegmentation } from "./write-segmentation";

/** A segmentation as the archive tells of it; frames in short, or in the functional groups of its attributes. */
export interface FoundSegmentation {
  attributes: Dataset;
  frames?: FrameList;
  /** Frames on the image that was looked at, by number from 1, each as base64. */
  pictures?: { numbers: readonly number[]; pixels: readonly string[] };
}

/** An image that is on the screen. */
export interface LookedAt {
  sopInstanceUid: string;
  frame: number;
}

export interface SegmentationArchive {
  /** Return all segmentations that no other one takes the place of, with their frames on the image looked at. */
  find(studyUid: string, lookedAt: () => LookedAt | undefined): Promise<FoundSegmentation[]>;
  frames(place: InstancePlace, numbers: readonly number[]): Promise<Uint8Array[]>;
  store(written: WrittenSegmentation): Promise<void>;
}

export interface InstancePlace {
  studyUid: string;
  seriesUid: string;
  sopInstanceUid: string;
}

export const archive: SegmentationArchive = {
  async find(studyUid, lookedAt) {
    const series = (await findSeries(studyUid)).filter(({ modality }) => modality === "SEG");
    const image = lookedAt();
    const query = image ? `?image=${image.sopInstanceUid}&frame=${image.frame}` : "";
    const found = await Promise.all(
      series.map(({ uid }) =>
        getJson<FoundSegmentation[]>(`/api/segmentations/studies/${studyUid}/series/${uid}${query}`),
      ),
    );
    return found.flat();
  },
  frames: ({ studyUid, seriesUid, sopInstanceUid }, numbers) =>
    frameBytes(studyUid, seriesUid, sopInstanceUid, numbers),
  store: ({ dataset, pixels }) => storeDataset(dataset, pixels),
};
