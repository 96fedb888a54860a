/**
 * The measurements of one study: what there is, what is saved, and saving it until the archive has it.
 *
 * A change is stored as a new document of the same series that names the one it replaces. Documents that other software
 * wrote are shown and left alone. What is not yet stored stays in memory, across pages and an expired sign-in.
 */
import type { Dataset } from "../dicomweb/json-model";
import { lastInstanceOf } from "../dicomweb/retrieve";
import { newUid } from "../dicomweb/uids";
import { type Problem, ProblemError, problemOf } from "../http/problem";
import type { Reference } from "../structured-report/document";
import { seriesOf } from "./by-series";
import { History } from "./history";
import { isEqual, type Measurement } from "./measurement";
import { currentReports, mergedMeasurements, readReport } from "./read-report";
import { archive, type ReportArchive } from "./report-archive";
import { placedOn, StudyImages } from "./study-images";
import { reportOf } from "./write-report";

export type SaveState =
  | { kind: "saved" }
  | { kind: "unsaved" }
  | { kind: "saving" }
  /** `retryInS` is undefined where trying again by itself is of no use. */
  | { kind: "failed"; problem: Problem; retryInS: number | undefined };

export interface Clock {
  now(): Date;
  after(delay_s: number, act: () => void): () => void;
}

const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  after: (delay_s, act) => {
    const timer = setTimeout(act, delay_s * 1000);
    return () => clearTimeout(timer);
  },
};

const QUIET_BEFORE_SAVING_S = 1.5;
const FIRST_RETRY_S = 2;
const LONGEST_RETRY_S = 30;

/** A document that is on its way: it is sent again unchanged until the archive has said what became of it. */
interface Attempt {
  dataset: Dataset;
  reference: Reference;
  measurements: readonly Measurement[];
}

export class StudyMeasurements {
  readonly images: StudyImages;
  observer = "";
  private history = new History<readonly Measurement[]>([]);
  private state: SaveState = { kind: "saved" };
  private stored: readonly Measurement[] = [];
  private heads: readonly Reference[] = [];
  private seriesUid = newUid();
  private lastInstanceNumber = 0;
  private lastDocument: Dataset | undefined;
  private attempt: Attempt | undefined;
  private isOpen = false;
  private opening: Promise<void> | undefined;
  private saving: Promise<void> | undefined;
  private stopTimer: () => void = () => {};
  private retryS = FIRST_RETRY_S;
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly studyUid: string,
    private readonly kept: ReportArchive = archive,
    private readonly clock: Clock = SYSTEM_CLOCK,
    images?: StudyImages,
  ) {
    this.images = images ?? new StudyImages(studyUid);
  }

  get list(): readonly Measurement[] {
    return this.history.current;
  }

  get saveState(): SaveState {
    return this.state;
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  get hasUnsaved(): boolean {
    return this.attempt !== undefined || !isSameList(own(this.list), this.stored);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Read what the archive has; what is in memory and not yet stored goes before it. */
  open(): Promise<void> {
    if (this.isOpen && this.hasUnsaved) {
      void this.save();
      return Promise.resolve();
    }
    this.opening ??= this.read().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** Take a step that can be undone, and store it soon. */
  change(list: readonly Measurement[]): void {
    this.history.push(list);
    this.changed();
  }

  /** Complete the last step. */
  amend(list: readonly Measurement[]): void {
    this.history.amend(list);
    this.changed();
  }

  undo(): void {
    this.history.undo();
    this.changed();
  }

  redo(): void {
    this.history.redo();
    this.changed();
  }

  now(): Date {
    return this.clock.now();
  }

  /** Store what is not stored yet, now. */
  save(): Promise<void> {
    this.saving ??= this.storeAll().finally(() => {
      this.saving = undefined;
    });
    return this.saving;
  }

  private async read(): Promise<void> {
    const datasets = await this.kept.find(this.studyUid);
    const reports = currentReports(datasets.map(readReport).filter((report) => report !== undefined));
    const measurements = mergedMeasurements(reports);
    const seriesUids = new Set(measurements.map(seriesOf));
    // A series that is gone leaves its measurements in the list, without a picture to draw them on.
    await Promise.allSettled([...seriesUids].filter(Boolean).map((uid) => this.images.load(uid)));
    const ours = reports.filter(({ isForeign }) => !isForeign);
    const latest = ours.at(-1);
    this.heads = ours.map(({ reference }) => reference);
    this.seriesUid = latest?.reference.seriesUid ?? this.seriesUid;
    this.lastInstanceNumber = Math.max(0, ...ours.map(({ instanceNumber }) => instanceNumber));
    this.lastDocument = datasets[0];
    const read = measurements.map((one) => this.placed(one));
    const known = new Set(read.map(({ trackingUid }) => trackingUid));
    // Drawn before the archive had answered.
    const drawn = this.isOpen ? [] : own(this.list).filter(({ trackingUid }) => !known.has(trackingUid));
    this.stored = own(read);
    this.history = new History<readonly Measurement[]>([...read, ...drawn]);
    this.isOpen = true;
    if (this.hasUnsaved) this.changed();
    else this.become({ kind: "saved" });
  }

  /** Return the measurement with its points in the patient, where its image says where it lies. */
  private placed(measurement: Measurement): Measurement {
    const { place } = measurement;
    if (place.on !== "image") return measurement;
    const image = this.images.find(place.image.sopInstanceUid, place.image.frame);
    return image ? { ...measurement, place: placedOn(image, place) } : measurement;
  }

  private changed(): void {
    this.stopTimer();
    if (this.hasUnsaved) {
      this.stopTimer = this.clock.after(QUIET_BEFORE_SAVING_S, () => void this.save());
      this.become(this.saving ? { kind: "saving" } : { kind: "unsaved" });
    } else this.become({ kind: "saved" });
  }

  private async storeAll(): Promise<void> {
    this.stopTimer();
    try {
      if (!this.isOpen) await this.open();
      while (this.hasUnsaved) {
        this.become({ kind: "saving" });
        this.attempt ??= this.prepare();
        await this.kept.store(this.attempt.dataset);
        this.accepted(this.attempt);
      }
      this.retryS = FIRST_RETRY_S;
      this.become({ kind: "saved" });
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  private prepare(): Attempt {
    // What was drawn on planes names no image: any object of the study says whose it is.
    const image = this.images.all[0]?.frame.dataset ?? this.lastDocument ?? lastInstanceOf(this.studyUid);
    if (!image) throw new Error("No image of this study has been read: nothing says whose measurements these are.");
    const measurements = own(this.list);
    const sopInstanceUid = newUid();
    const dataset = reportOf(measurements, {
      sopInstanceUid,
      seriesUid: this.seriesUid,
      instanceNumber: this.lastInstanceNumber + 1,
      image,
      studyUid: this.studyUid,
      predecessors: this.heads,
      observer: this.observer,
      moment: this.clock.now(),
    });
    const sopClassUid = String(dataset["00080016"]?.Value?.[0]);
    return { dataset, measurements, reference: { seriesUid: this.seriesUid, sopClassUid, sopInstanceUid } };
  }

  private accepted({ reference, measurements, dataset }: Attempt): void {
    this.heads = [reference];
    this.lastInstanceNumber += 1;
    this.lastDocument = dataset;
    this.stored = measurements;
    this.attempt = undefined;
  }

  private failed(thrown: unknown): void {
    const problem = problemOf(thrown);
    const status = thrown instanceof ProblemError ? thrown.problem.status : problem.status;
    const isTransient = status === 0 || status === 408 || status === 429 || status >= 500;
    // What the archive has refused is not sent again as it was.
    if (!isTransient && status !== 401) this.attempt = undefined;
    if (!isTransient) {
      this.become({ kind: "failed", problem, retryInS: undefined });
      return;
    }
    const retryInS = this.retryS;
    this.retryS = Math.min(LONGEST_RETRY_S, retryInS * 2);
    this.stopTimer = this.clock.after(retryInS, () => void this.save());
    this.become({ kind: "failed", problem, retryInS });
  }

  private become(state: SaveState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

function own(list: readonly Measurement[]): Measurement[] {
  return list.filter(({ isForeign }) => !isForeign);
}

function isSameList(a: readonly Measurement[], b: readonly Measurement[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at] || isEqual(one, b[at] as Measurement));
}
