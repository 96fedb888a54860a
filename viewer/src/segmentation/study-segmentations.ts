/** The segmentations of one study: those of the archive, those begun here, and their way back into the archive. */
import type { Dataset } from "../dicomweb/json-model";
import { number, text } from "../dicomweb/json-model";
import { findSeries } from "../dicomweb/studies";
import { newUid } from "../dicomweb/uids";
import { type Problem, problemOf } from "../http/problem";
import { drawn, standBackFor } from "../http/waited-for";
import { type StudyImage, StudyImages } from "../measurements/study-images";
import type { Clock } from "../measurements/study-measurements";
import { loadFrames } from "./load-frames";
import { readSegmentation, type StoredSegmentation } from "./read-segmentation";
import { Segmentation } from "./Segmentation";
import { SegmentationKeeper } from "./SegmentationKeeper";
import type { Segment } from "./segment";
import { archive, type FoundSegmentation, type LookedAt, type SegmentationArchive } from "./segmentation-archive";

export const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  after: (delay_s, act) => {
    const timer = setTimeout(act, delay_s * 1000);
    return () => clearTimeout(timer);
  },
};

export class StudySegmentations {
  readonly images: StudyImages;
  /** Which image of a series is looked at: its frames are fetched first. */
  looksAt: (images: readonly StudyImage[]) => number = () => 0;
  /** The image on the screen: its frames come first of all. */
  shownImage: () => LookedAt | undefined = () => undefined;
  problem: Problem | undefined;
  private keepers: readonly SegmentationKeeper[] = [];
  private creatorName = "";
  private opening: Promise<void> | undefined;
  private isOpen = false;
  /** What has been read, by SOP Instance UID. */
  private readonly known = new Set<string>();
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly studyUid: string,
    private readonly kept: SegmentationArchive = archive,
    private readonly clock: Clock = SYSTEM_CLOCK,
    images?: StudyImages,
  ) {
    this.images = images ?? new StudyImages(studyUid);
  }

  get all(): readonly SegmentationKeeper[] {
    return this.keepers;
  }

  get hasUnsaved(): boolean {
    return this.keepers.some(({ hasUnsaved }) => hasUnsaved);
  }

  set creator(name: string) {
    this.creatorName = name;
    for (const keeper of this.keepers) keeper.creator = name;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Read what the archive has, once; what is in memory stays. */
  open(): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    this.opening ??= this.read().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** Read what has come into the archive since; what is shown stays as it is. */
  lookAgain(): Promise<void> {
    this.isOpen = false;
    return this.open();
  }

  /** Begin a segmentation of the images of a series that are like `image`. */
  begin(image: StudyImage, name: string, segments: readonly Segment[]): SegmentationKeeper {
    const raster = rasterOf(image.frame.dataset);
    const images = this.imagesOf(image.reference.seriesUid, raster);
    return this.add(new Segmentation(newUid(), images, raster, name, segments));
  }

  /** Return the images of a series that have this raster, in the order of reading. */
  imagesOf(seriesUid: string, raster: { rows: number; columns: number }): StudyImage[] {
    return this.images.all.filter((one) => {
      const own = rasterOf(one.frame.dataset);
      return one.reference.seriesUid === seriesUid && own.rows === raster.rows && own.columns === raster.columns;
    });
  }

  async save(): Promise<void> {
    await Promise.all(this.keepers.filter(({ hasUnsaved }) => hasUnsaved).map((keeper) => keeper.save()));
  }

  private add(segmentation: Segmentation, stored?: StoredSegmentation): SegmentationKeeper {
    const keeper = new SegmentationKeeper(segmentation, this.studyUid, this.kept, this.clock, stored);
    keeper.creator = this.creatorName;
    keeper.subscribe(this.tell);
    this.keepers = [...this.keepers, keeper];
    this.tell();
    return keeper;
  }

  private async read(): Promise<void> {
    const finding = this.kept.find(this.studyUid, () => this.shownImage());
    standBackFor(finding);
    const found = await finding;
    this.isOpen = true;
    // What is kept from here may have just been stored, and not be known by its newest name yet.
    const own = new Set(this.keepers.filter(({ segmentation }) => !segmentation.isForeign).map(({ series }) => series));
    const all = found.filter(({ attributes }) => {
      const isOwn = own.has(text(attributes, "SeriesInstanceUID"));
      return !isOwn && !this.known.has(text(attributes, "SOPInstanceUID"));
    });
    await Promise.all(
      all.map((found) => {
        let isSeen: () => void = () => {};
        standBackFor(new Promise<void>((resolve) => (isSeen = resolve)));
        const shown = this.show(found, isSeen).catch((thrown) => {
          this.problem = problemOf(thrown);
          this.tell();
        });
        return shown.finally(isSeen);
      }),
    );
  }

  /** Put a stored segmentation on its images; its frames come one after the other, `isSeen` is called after the first. */
  private async show({ attributes, frames, pictures }: FoundSegmentation, isSeen: () => void): Promise<void> {
    const stored = readSegmentation(attributes, frames);
    const images = await this.sourceOf(stored);
    const [first] = images;
    if (!first) throw new Error(`No images of this study lie where segmentation "${stored.name}" does.`);
    this.known.add(stored.sopInstanceUid);
    const raster = rasterOf(first.frame.dataset);
    const { sopInstanceUid, name, segments, isForeign } = stored;
    const segmentation = new Segmentation(sopInstanceUid, images, raster, name, segments, isForeign);
    segmentation.isComplete = false;
    segmentation.markSaved(segmentation.state);
    const here = new Map(pictures?.numbers.map((frame, index) => [frame, bytesOf(pictures.pixels[index] ?? "")]));
    const fetchFrames = async (numbers: readonly number[]) => {
      const known = numbers.flatMap((frame) => here.get(frame) ?? []);
      return known.length === numbers.length ? known : this.kept.frames(stored, numbers);
    };
    // The first frames are on their way while the page makes room for all of them.
    const loading = loadFrames(
      stored,
      segmentation,
      fetchFrames,
      () => this.looksAt(images),
      async () => {
        here.clear();
        await drawn();
        isSeen();
      },
    );
    this.add(segmentation, stored);
    const { nUnplaced } = await loading;
    segmentation.nMissing = nUnplaced;
    segmentation.isComplete = true;
    segmentation.markSaved(segmentation.state);
    segmentation.take([]);
  }

  /** Return the images that a segmentation lies on: of the series it names, or the first one in the same space. */
  private async sourceOf(stored: StoredSegmentation): Promise<StudyImage[]> {
    for (const seriesUid of stored.sourceSeriesUids) {
      const found = await this.loaded(seriesUid);
      if (found.length > 0) return found;
    }
    const series = await findSeries(this.studyUid);
    for (const { uid, modality } of series) {
      if (modality === "SEG" || modality === "SR" || modality === "PR" || modality === "KO") continue;
      const found = await this.loaded(uid);
      if (found[0]?.frameOfReferenceUid === stored.frameOfReferenceUid) return found;
    }
    return [];
  }

  private async loaded(seriesUid: string): Promise<StudyImage[]> {
    await this.images.load(seriesUid);
    const all = this.images.all.filter(({ reference }) => reference.seriesUid === seriesUid);
    return all[0] ? this.imagesOf(seriesUid, rasterOf(all[0].frame.dataset)) : [];
  }

  private readonly tell = (): void => {
    for (const listener of this.listeners) listener();
  };
}

function bytesOf(base64: string): Uint8Array {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

export function rasterOf(dataset: Dataset): { rows: number; columns: number } {
  const [rows, columns] = [number(dataset, "Rows"), number(dataset, "Columns")];
  if (!rows || !columns) throw new Error(`Image ${text(dataset, "SOPInstanceUID")} does not say how large it is.`);
  return { rows, columns };
}
