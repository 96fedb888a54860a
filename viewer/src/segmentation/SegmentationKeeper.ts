/**
 * Keeps one segmentation in the archive: a change is stored soon, again and again until the archive has it.
 *
 * A change becomes a new instance of the same series that names the one it takes the place of. What is on its way is
 * sent unchanged until the archive has said what became of it.
 */
import { newUid } from "../dicomweb/uids";
import { type Problem, ProblemError, problemOf } from "../http/problem";
import type { Clock, SaveState } from "../measurements/study-measurements";
import type { Reference } from "../structured-report/document";
import type { StoredSegmentation } from "./read-segmentation";
import type { Segmentation } from "./Segmentation";
import type { SegmentationArchive } from "./segmentation-archive";
import { thicknessOf_mm } from "./voxel-size";
import { type Form, segmentationObject, type WrittenSegmentation } from "./write-segmentation";

const QUIET_BEFORE_SAVING_S = 2;
/** Large ones are sent less often. */
const QUIET_PER_MB_S = 1;
const LONGEST_QUIET_S = 20;
const FIRST_RETRY_S = 2;
const LONGEST_RETRY_S = 30;

interface Attempt {
  written: WrittenSegmentation;
  reference: Reference;
  state: unknown;
  form: Form;
}

export class SegmentationKeeper {
  creator = "";
  private state: SaveState = { kind: "saved" };
  private wantedForm: Form = "BINARY";
  private storedForm: Form = "BINARY";
  private heads: readonly Reference[] = [];
  private seriesUid = newUid();
  private numbers: ReadonlyMap<number, number> = new Map();
  private readonly dimensionUid = newUid();
  private lastInstanceNumber = 0;
  private lastSize_MB = 0;
  private attempt: Attempt | undefined;
  private saving: Promise<void> | undefined;
  private stopTimer: () => void = () => {};
  private retryS = FIRST_RETRY_S;
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly segmentation: Segmentation,
    private readonly studyUid: string,
    private readonly archive: SegmentationArchive,
    private readonly clock: Clock,
    stored?: StoredSegmentation,
  ) {
    if (stored) {
      const { seriesUid, sopClassUid, sopInstanceUid } = stored;
      this.heads = [{ seriesUid, sopClassUid, sopInstanceUid }];
      this.seriesUid = seriesUid;
      this.lastInstanceNumber = stored.instanceNumber;
      this.numbers = new Map([...stored.labelOf].map(([number, label]) => [label, number]));
      this.wantedForm = this.storedForm = stored.type === "LABELMAP" ? "LABELMAP" : "BINARY";
    }
    segmentation.subscribe(() => this.changed());
  }

  /** The series that it is stored in, now and later. */
  get series(): string {
    return this.seriesUid;
  }

  /** What the archive has of it; undefined before the first time. */
  get reference(): Reference | undefined {
    return this.heads[0];
  }

  /** Return the Segment Number that the archive knows a label by. */
  numberOf(label: number): number {
    return this.numbers.get(label) ?? label;
  }

  get saveState(): SaveState {
    return this.state;
  }

  /** How pixels are kept; another form is stored like any other change. */
  get form(): Form {
    return this.wantedForm;
  }

  set form(form: Form) {
    this.wantedForm = form;
    this.changed();
  }

  /** Nothing is kept of a segmentation that was begun and never marked. */
  get hasUnsaved(): boolean {
    const { segmentation } = this;
    if (!segmentation.isComplete || segmentation.segments.length === 0) return false;
    if (this.attempt) return true;
    const isOtherForm = !segmentation.isForeign && this.wantedForm !== this.storedForm;
    return (segmentation.hasUnsaved || isOtherForm) && (this.heads.length > 0 || !segmentation.isEmpty);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Store what is not stored yet, now. */
  save(): Promise<void> {
    this.saving ??= this.storeAll().finally(() => {
      this.saving = undefined;
    });
    return this.saving;
  }

  private changed(): void {
    this.stopTimer();
    if (!this.hasUnsaved) {
      this.become({ kind: "saved" });
      return;
    }
    const quiet_s = Math.min(LONGEST_QUIET_S, QUIET_BEFORE_SAVING_S + QUIET_PER_MB_S * this.lastSize_MB);
    this.stopTimer = this.clock.after(quiet_s, () => void this.save());
    this.become(this.saving ? { kind: "saving" } : { kind: "unsaved" });
  }

  private async storeAll(): Promise<void> {
    this.stopTimer();
    try {
      while (this.hasUnsaved) {
        this.become({ kind: "saving" });
        this.attempt ??= this.prepare();
        await this.archive.store(this.attempt.written);
        this.accepted(this.attempt);
      }
      this.retryS = FIRST_RETRY_S;
      this.become({ kind: "saved" });
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  private prepare(): Attempt {
    const { segmentation, seriesUid } = this;
    const sopInstanceUid = newUid();
    const { images, labels, labelsOn } = segmentation;
    const form = this.wantedForm;
    const written = segmentationObject(
      segmentation.segments,
      { images, labels, labelsOn, ...segmentation.raster },
      {
        form,
        sopInstanceUid,
        seriesUid,
        instanceNumber: this.lastInstanceNumber + 1,
        name: segmentation.name,
        creator: this.creator,
        predecessors: this.heads,
        thickness_mm: thicknessOf_mm(images),
        studyUid: this.studyUid,
        dimensionUid: this.dimensionUid,
        moment: this.clock.now(),
      },
    );
    const sopClassUid = String(written.dataset["00080016"]?.Value?.[0]);
    return { written, reference: { seriesUid, sopClassUid, sopInstanceUid }, state: segmentation.state, form };
  }

  private accepted({ written, reference, state, form }: Attempt): void {
    this.heads = [reference];
    this.lastInstanceNumber += 1;
    this.lastSize_MB = written.pixels.length / 1e6;
    this.attempt = undefined;
    this.storedForm = form;
    this.segmentation.markSaved(state);
  }

  private failed(thrown: unknown): void {
    const problem: Problem = problemOf(thrown);
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
