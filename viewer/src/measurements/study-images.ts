/** The images of a study by their identity: where they lie, and what their values mean. */
import { type Dataset, number, text } from "../dicomweb/json-model";
import { frameAddress, lastSeriesMetadata, seriesMetadata } from "../dicomweb/retrieve";
import { type Frame, framesOf, pixelSpacing_mm, planeOf } from "../viewport/frames";
import { type ImageGeometry, toPatient, UNPLACED } from "./image-geometry";
import type { ImageReference, Place } from "./measurement";

export interface StudyImage {
  reference: ImageReference;
  frame: Frame;
  geometry: ImageGeometry;
  /** Undefined where the image does not say where it lies. */
  frameOfReferenceUid: string | undefined;
  /** The frame of reference under which Cornerstone shows the image, placed or not. */
  shownFrameOfReferenceUid: string | undefined;
  modality: string;
  seriesNumber: number | undefined;
  seriesDescription: string;
  instanceNumber: number | undefined;
  /** As Cornerstone names the image. */
  imageId: string;
}

export function studyImagesOf(instances: readonly Dataset[]): StudyImage[] {
  return framesOf(instances).map((frame) => {
    const { dataset } = frame;
    const [plane, spacing] = [planeOf(frame), pixelSpacing_mm(frame)];
    const seriesUid = text(dataset, "SeriesInstanceUID");
    const frameOfReferenceUid = text(dataset, "FrameOfReferenceUID") || undefined;
    const address = frameAddress(text(dataset, "StudyInstanceUID"), seriesUid, frame.instanceUid, frame.frameNumber);
    return {
      reference: {
        seriesUid,
        sopClassUid: text(dataset, "SOPClassUID"),
        sopInstanceUid: frame.instanceUid,
        frame: frame.frameNumber,
        isMultiFrame: number(dataset, "NumberOfFrames") !== undefined,
      },
      frame,
      geometry: {
        alongRow: plane?.row ?? UNPLACED.alongRow,
        alongColumn: plane?.column ?? UNPLACED.alongColumn,
        position_mm: plane?.position_mm ?? UNPLACED.position_mm,
        columnSpacing_mm: spacing?.column ?? 1,
        rowSpacing_mm: spacing?.row ?? 1,
      },
      frameOfReferenceUid: plane && frameOfReferenceUid,
      shownFrameOfReferenceUid: frameOfReferenceUid,
      modality: text(dataset, "Modality"),
      seriesNumber: number(dataset, "SeriesNumber"),
      seriesDescription: text(dataset, "SeriesDescription"),
      instanceNumber: number(dataset, "InstanceNumber"),
      imageId: `wadors:${address}`,
    };
  });
}

/** Return series, instance and frame that an address of a frame names, or undefined for another address. */
export function namedBy(imageId: string): { seriesUid: string; sopInstanceUid: string; frame: number } | undefined {
  const match = /\/series\/([\d.]+)\/instances\/([\d.]+)\/frames\/(\d+)/.exec(imageId);
  const [, seriesUid, sopInstanceUid, frame] = match ?? [];
  return seriesUid && sopInstanceUid ? { seriesUid, sopInstanceUid, frame: Number(frame) } : undefined;
}

/** Loads the images of a study's series when they are asked for, each series once. */
export class StudyImages {
  private readonly images = new Map<string, StudyImage>();
  private readonly loading = new Map<string, Promise<void>>();

  constructor(
    private readonly studyUid: string,
    private readonly fetchSeries: typeof seriesMetadata = seriesMetadata,
  ) {}

  /** Return the image, if its series has been loaded. */
  find(sopInstanceUid: string, frame: number): StudyImage | undefined {
    return this.images.get(key(sopInstanceUid, frame));
  }

  /** Return the image that an address names, if its series has been loaded, by whomever. */
  named(imageId: string): StudyImage | undefined {
    const named = namedBy(imageId);
    if (!named) return undefined;
    const { seriesUid, sopInstanceUid, frame } = named;
    if (!this.find(sopInstanceUid, frame)) this.add(lastSeriesMetadata(seriesUid) ?? []);
    return this.find(sopInstanceUid, frame);
  }

  get all(): StudyImage[] {
    return [...this.images.values()];
  }

  async load(seriesUid: string): Promise<void> {
    const known = this.loading.get(seriesUid);
    if (known) return known;
    // What the page has just read to show it is not asked for again.
    const read = lastSeriesMetadata(seriesUid);
    const asked = read ? Promise.resolve(read) : this.fetchSeries(this.studyUid, seriesUid);
    const loading = asked.then((instances) => this.add(instances));
    this.loading.set(seriesUid, loading);
    // A series that did not come is asked for again next time.
    loading.catch(() => this.loading.delete(seriesUid));
    return loading;
  }

  add(instances: readonly Dataset[]): void {
    for (const image of studyImagesOf(instances)) {
      this.images.set(key(image.reference.sopInstanceUid, image.reference.frame), image);
    }
  }
}

function key(sopInstanceUid: string, frame: number): string {
  return `${sopInstanceUid}#${frame}`;
}

/** Return the place with its points in the patient, where the image says where it lies. */
export function placedOn(image: StudyImage, place: Place & { on: "image" }): Place {
  const { frameOfReferenceUid, geometry, reference } = image;
  const points_mm = frameOfReferenceUid ? place.points_px.map((point) => toPatient(geometry, point)) : undefined;
  return { ...place, image: reference, points_mm, frameOfReferenceUid };
}
