/**
 * One segmentation in memory: segments, the labels of every image, and steps that can be undone.
 *
 * Labels are changed in place, by whatever draws; `commit` takes what was changed as one step. Segments that overlap
 * lie in further layers, which are shown and not changed.
 */
import { History } from "../measurements/history";
import type { StudyImage } from "../measurements/study-images";
import type { Raster } from "./frame-places";
import { isSameRuns, type Runs, runsOf, unroll } from "./label-runs";
import type { Segment } from "./segment";

/** The labels of each image, in the order of reading. */
export type Layer = readonly Uint8Array[];

interface State {
  name: string;
  segments: readonly Segment[];
  /** One for each image; empty ones are undefined. */
  runs: readonly (Runs | undefined)[];
}

const NO_RUNS: Runs = new Uint32Array(0);

export class Segmentation {
  readonly layers: Layer[];
  private history: History<State>;
  private saved: State | undefined;
  private readonly listeners = new Set<(changed: readonly number[]) => void>();
  /** Of the segment that tools mark. */
  activeLabel: number;
  /** Problems of frames that did not come; what they hold is not shown. */
  nMissing = 0;
  isComplete = true;

  constructor(
    readonly id: string,
    readonly images: readonly StudyImage[],
    readonly raster: Raster,
    name: string,
    segments: readonly Segment[],
    /** Written by others: shown, not changed. */
    readonly isForeign = false,
  ) {
    this.layers = [this.newLayer()];
    const runs: (Runs | undefined)[] = new Array(images.length).fill(undefined);
    this.history = new History<State>({ name, segments, runs });
    this.activeLabel = segments[0]?.label ?? 0;
  }

  get seriesUid(): string {
    return this.images[0]?.reference.seriesUid ?? "";
  }

  get name(): string {
    return this.history.current.name;
  }

  get segments(): readonly Segment[] {
    return this.history.current.segments;
  }

  get active(): Segment | undefined {
    return this.segments.find(({ label }) => label === this.activeLabel);
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  /** Labels that tools may change. */
  get labels(): Layer {
    return this.layers[0] as Layer;
  }

  get hasUnsaved(): boolean {
    return !this.isForeign && this.saved !== this.history.current;
  }

  /** What there is now, to be told `markSaved` later. */
  get state(): unknown {
    return this.history.current;
  }

  markSaved(state: unknown): void {
    this.saved = state as State;
  }

  subscribe(listener: (changed: readonly number[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Return a layer of empty labels beyond those that there are. */
  addLayer(): Layer {
    const layer = this.newLayer();
    this.layers.push(layer);
    return layer;
  }

  /** Take what has come from the archive as it is: not a step, and nothing to save. */
  take(changed: readonly number[]): void {
    const state = this.history.current;
    const runs = [...state.runs];
    for (const image of changed) runs[image] = this.runsOf(image);
    const taken = { ...state, runs };
    const isSaved = this.saved === state;
    this.history.amend(taken);
    if (isSaved) this.saved = taken;
    this.tell(changed);
  }

  /** Take what was changed in the labels of these images as one step; false if nothing was. */
  commit(changed: readonly number[], segments: readonly Segment[] = this.segments): boolean {
    const state = this.history.current;
    const runs = [...state.runs];
    const different = changed.filter((image) => {
      const [before, now] = [runs[image], this.runsOf(image)];
      if (before === now || (before && now && isSameRuns(before, now))) return false;
      runs[image] = now;
      return true;
    });
    if (different.length === 0 && segments === state.segments) return false;
    this.history.push({ ...state, segments, runs });
    this.tell(different);
    return true;
  }

  /** Change names, codes and colours, as a step. */
  setSegments(segments: readonly Segment[]): void {
    this.history.push({ ...this.history.current, segments });
    this.tell([]);
  }

  rename(name: string): void {
    this.history.push({ ...this.history.current, name });
    this.tell([]);
  }

  choose(label: number): void {
    this.activeLabel = label;
    this.tell([]);
  }

  undo(): void {
    this.move(() => this.history.undo());
  }

  redo(): void {
    this.move(() => this.history.redo());
  }

  /** Return which labels an image has, as it was at the last step. */
  readonly labelsOn = (image: number): ReadonlySet<number> => {
    const runs = this.history.current.runs[image] ?? NO_RUNS;
    const found = new Set<number>();
    for (let at = 0; at < runs.length; at += 2) if (runs[at] !== 0) found.add(runs[at] as number);
    return found;
  };

  /** Return the labels of an image in short, as they were at the last step; undefined where there are none. */
  runsAt(image: number): Runs | undefined {
    return this.history.current.runs[image];
  }

  /** Whether anything is marked at all. */
  get isEmpty(): boolean {
    return this.history.current.runs.every((runs) => runs === undefined);
  }

  private move(step: () => void): void {
    const before = this.history.current;
    step();
    const { runs, segments } = this.history.current;
    const changed = runs.flatMap((now, image) => (now === before.runs[image] ? [] : [image]));
    for (const image of changed) {
      const [now, labels] = [runs[image], this.labels[image]];
      if (labels && now) unroll(now, labels);
      else labels?.fill(0);
    }
    if (!segments.some(({ label }) => label === this.activeLabel)) this.activeLabel = segments[0]?.label ?? 0;
    this.tell(changed);
  }

  private runsOf(image: number): Runs | undefined {
    const runs = runsOf(this.labels[image] as Uint8Array);
    return runs.length === 2 && runs[0] === 0 ? undefined : runs;
  }

  private newLayer(): Layer {
    const nPixels = this.raster.rows * this.raster.columns;
    return this.images.map(() => new Uint8Array(nPixels));
  }

  private tell(changed: readonly number[]): void {
    for (const listener of this.listeners) listener(changed);
  }
}
