import { beforeEach, expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { ProblemError } from "../../src/http/problem";
import { StudyImages } from "../../src/measurements/study-images";
import { type Clock, StudyMeasurements } from "../../src/measurements/study-measurements";
import { example, imageDataset } from "./examples";

/** An archive in memory that can be out of reach, and time that passes by hand. */
class Bench {
  documents: Dataset[] = [];
  fault: unknown;
  /** Whether a document is kept although its answer is lost. */
  losesAnswer = false;
  nRequests = 0;
  private waiting: { at_s: number; act: () => void }[] = [];
  private now_s = 0;

  readonly archive = {
    find: async () => this.documents,
    store: async (dataset: Dataset) => {
      this.nRequests += 1;
      if (this.losesAnswer) this.documents = [...this.documents, dataset];
      if (this.fault) throw this.fault;
      const uid = dataset["00080018"]?.Value?.[0];
      const others = this.documents.filter((one) => one["00080018"]?.Value?.[0] !== uid);
      this.documents = [...others, JSON.parse(JSON.stringify(dataset)) as Dataset];
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

  async pass(seconds: number): Promise<void> {
    this.now_s += seconds;
    const due = this.waiting.filter(({ at_s }) => at_s <= this.now_s);
    this.waiting = this.waiting.filter((timer) => !due.includes(timer));
    for (const { act } of due) act();
    await settled();
  }

  study(): StudyMeasurements {
    const images = new StudyImages("1.2.3", async () => [imageDataset()]);
    images.add([imageDataset()]);
    return new StudyMeasurements("1.2.3", this.archive, this.clock, images);
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

const [LENGTH, ANGLE] = [example("Length"), example("Angle")];

test("a change is stored by itself shortly after, and read again exactly", async () => {
  const study = bench.study();
  await study.open();
  study.change([LENGTH]);
  expect(study.saveState).toEqual({ kind: "unsaved" });
  await bench.pass(1);
  expect(bench.documents).toHaveLength(0);
  await bench.pass(1);
  expect(study.saveState).toEqual({ kind: "saved" });
  const again = bench.study();
  await again.open();
  expect(again.list).toEqual([LENGTH]);
  expect(again.saveState).toEqual({ kind: "saved" });
});

test("opening a study stores nothing", async () => {
  const study = bench.study();
  study.change([LENGTH]);
  await study.save();
  const again = bench.study();
  await again.open();
  await bench.pass(60);
  expect(bench.nRequests).toBe(1);
});

test("each document replaces the one before, in the same series", async () => {
  const study = bench.study();
  await study.open();
  study.change([LENGTH]);
  await study.save();
  study.change([LENGTH, ANGLE]);
  await study.save();
  const [first, second] = bench.documents;
  expect(second?.["0020000E"]).toEqual(first?.["0020000E"]);
  expect(second?.["00200013"]?.Value).toEqual([2]);
  expect(JSON.stringify(second?.["0040A360"])).toContain(String(first?.["00080018"]?.Value?.[0]));
  const again = bench.study();
  await again.open();
  expect(again.list).toEqual([LENGTH, ANGLE]);
});

test("what was deleted stays deleted, even the last one", async () => {
  const study = bench.study();
  await study.open();
  study.change([LENGTH]);
  await study.save();
  study.change([]);
  await study.save();
  const again = bench.study();
  await again.open();
  expect(again.list).toEqual([]);
});

test("a network that is gone loses nothing: it is tried again until it works", async () => {
  const study = bench.study();
  await study.open();
  bench.fault = new TypeError("Failed to fetch");
  study.change([LENGTH]);
  await bench.pass(2);
  expect(study.saveState).toMatchObject({ kind: "failed", retryInS: 2 });
  await bench.pass(2);
  expect(study.saveState).toMatchObject({ kind: "failed", retryInS: 4 });
  study.change([LENGTH, ANGLE]);
  bench.fault = undefined;
  await bench.pass(30);
  expect(study.saveState).toEqual({ kind: "saved" });
  const again = bench.study();
  await again.open();
  expect(again.list).toEqual([LENGTH, ANGLE]);
});

test("a document whose answer was lost does not come back from the dead", async () => {
  const study = bench.study();
  await study.open();
  bench.fault = new TypeError("Failed to fetch");
  bench.losesAnswer = true;
  study.change([LENGTH]);
  await study.save();
  bench.fault = undefined;
  bench.losesAnswer = false;
  study.change([ANGLE]);
  await study.save();
  const again = bench.study();
  await again.open();
  expect(again.list).toEqual([ANGLE]);
});

test("an expired sign-in keeps everything until someone is back", async () => {
  const study = bench.study();
  await study.open();
  bench.fault = new ProblemError({ title: "Nobody is signed in", status: 401 });
  study.change([LENGTH]);
  await bench.pass(2);
  expect(study.saveState).toMatchObject({ kind: "failed", retryInS: undefined });
  expect(study.hasUnsaved).toBe(true);
  bench.fault = undefined;
  await study.open();
  await settled();
  expect(study.saveState).toEqual({ kind: "saved" });
  expect(study.list).toEqual([LENGTH]);
});

test("what the archive refuses is said, kept, and sent anew when asked", async () => {
  const study = bench.study();
  await study.open();
  bench.fault = new ProblemError({ title: "Refused", status: 409 });
  study.change([LENGTH]);
  await bench.pass(2);
  await bench.pass(60);
  expect(bench.nRequests).toBe(1);
  expect(study.saveState).toMatchObject({ kind: "failed", problem: { title: "Refused" } });
  bench.fault = undefined;
  await study.save();
  expect(study.saveState).toEqual({ kind: "saved" });
});

test("what was drawn before the archive answered stays beside what it had", async () => {
  const other = bench.study();
  await other.open();
  other.change([LENGTH]);
  await other.save();
  const study = bench.study();
  study.change([ANGLE]);
  await study.open();
  expect(study.list).toEqual([LENGTH, ANGLE]);
});

test("undo and redo are changes too", async () => {
  const study = bench.study();
  await study.open();
  study.change([LENGTH]);
  study.change([LENGTH, ANGLE]);
  study.undo();
  expect(study.list).toEqual([LENGTH]);
  await study.save();
  study.redo();
  expect(study.hasUnsaved).toBe(true);
  expect(study.list).toEqual([LENGTH, ANGLE]);
});

test("measurements of other documents are never written into ours", async () => {
  const study = bench.study();
  await study.open();
  study.change([{ ...LENGTH, isForeign: true }]);
  expect(study.hasUnsaved).toBe(false);
});
