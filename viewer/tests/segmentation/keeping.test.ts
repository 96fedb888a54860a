import { expect, test } from "vitest";
import { itemsOf, textOf } from "../../src/dicomweb/attributes";
import { ProblemError } from "../../src/http/problem";
import type { Clock } from "../../src/measurements/study-measurements";
import { Segmentation } from "../../src/segmentation/Segmentation";
import { SegmentationKeeper } from "../../src/segmentation/SegmentationKeeper";
import type { WrittenSegmentation } from "../../src/segmentation/write-segmentation";
import { images, RASTER, twoSegments } from "./examples";

/** An archive in memory that can be out of reach, and time that passes by hand. */
class Bench {
  kept: WrittenSegmentation[] = [];
  fault: unknown;
  private waiting: { at_s: number; act: () => void }[] = [];
  private now_s = 0;
  readonly segmentation = new Segmentation("1", images(2), RASTER, "Marks", twoSegments());
  readonly archive = {
    find: async () => [],
    frames: async () => [],
    store: async (written: WrittenSegmentation) => {
      if (this.fault) throw this.fault;
      this.kept.push(written);
    },
  };
  readonly clock: Clock = {
    now: () => new Date(2026, 0, 2, 10, 0, this.now_s),
    after: (delay_s, act) => {
      const timer = { at_s: this.now_s + delay_s, act };
      this.waiting.push(timer);
      return () => {
        this.waiting = this.waiting.filter((one) => one !== timer);
      };
    },
  };
  readonly keeper = new SegmentationKeeper(this.segmentation, "1.2.3", this.archive, this.clock);

  async pass(seconds: number): Promise<void> {
    this.now_s += seconds;
    const due = this.waiting.filter(({ at_s }) => at_s <= this.now_s);
    this.waiting = this.waiting.filter((timer) => !due.includes(timer));
    for (const { act } of due) act();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  mark(pixel: number): void {
    this.segmentation.labels[0]?.set([1], pixel);
    this.segmentation.commit([0]);
  }
}

test("what was begun and never marked is not stored", async () => {
  const bench = new Bench();
  bench.segmentation.rename("Other");
  await bench.pass(60);
  expect(bench.keeper.hasUnsaved).toBe(false);
  expect(bench.kept).toEqual([]);
});

test("a change is stored soon, and the next one takes its place", async () => {
  const bench = new Bench();
  bench.mark(3);
  expect(bench.keeper.saveState.kind).toBe("unsaved");
  await bench.pass(3);
  expect(bench.keeper.saveState.kind).toBe("saved");
  bench.mark(4);
  await bench.pass(3);
  const [first, second] = bench.kept.map(({ dataset }) => dataset);
  const study = itemsOf(second, "PredecessorDocumentsSequence")[0];
  const instance = itemsOf(itemsOf(study, "ReferencedSeriesSequence")[0], "ReferencedSOPSequence")[0];
  expect(textOf(instance, "ReferencedSOPInstanceUID")).toBe(textOf(first, "SOPInstanceUID"));
  expect(textOf(second, "SeriesInstanceUID")).toBe(textOf(first, "SeriesInstanceUID"));
});

test("what could not be stored is sent again unchanged, and what came after it as well", async () => {
  const bench = new Bench();
  bench.fault = new TypeError("no network");
  bench.mark(3);
  await bench.pass(3);
  expect(bench.keeper.saveState.kind).toBe("failed");
  bench.mark(4);
  bench.fault = undefined;
  await bench.pass(60);
  expect(bench.keeper.saveState.kind).toBe("saved");
  expect(bench.keeper.hasUnsaved).toBe(false);
  expect(bench.kept.length).toBe(2);
  expect(bench.kept.map(({ pixels }) => pixels[0])).toEqual([0b1000, 0b11000]);
});

test("an ended session waits for the sign-in with everything in memory", async () => {
  const bench = new Bench();
  bench.fault = new ProblemError({ title: "Nobody is signed in", status: 401 });
  bench.mark(3);
  await bench.pass(3);
  expect(bench.keeper.saveState).toMatchObject({ kind: "failed", retryInS: undefined });
  expect(bench.keeper.hasUnsaved).toBe(true);
  bench.fault = undefined;
  await bench.keeper.save();
  expect(bench.kept.length).toBe(1);
});

test("a step that is undone to what is stored is not stored again", async () => {
  const bench = new Bench();
  bench.mark(3);
  await bench.pass(3);
  bench.mark(4);
  bench.segmentation.undo();
  await bench.pass(60);
  expect(bench.kept.length).toBe(1);
});
