import { expect, test } from "vitest";
import {
  fractionDone,
  NOTHING_YET,
  type ReconstructEvent,
  type ReconstructState,
  reduce,
} from "../../src/reconstruct/job-state";
import type { JobReport, ParameterValues, RawFile, Result } from "../../src/reconstruct/reconstruct-api";

const RAW = { raw_id: "r" } as RawFile;

function report(change: Partial<JobReport>): JobReport {
  const empty = { done: 0, total: null, message: "", elapsed_s: 0, error: null, result: null };
  return { job_id: "j", state: "running", ...empty, ...change };
}

function started(jobId: string, parameters: ParameterValues = {}): ReconstructEvent {
  return { type: "job-started", jobId, method: "fbp", parameters };
}

const STARTED = reduce(reduce(NOTHING_YET, { type: "file-read", raw: RAW }), started("j"));

function finished(before: ReconstructState, jobId: string, parameters: ParameterValues = {}): ReconstructState {
  const done = report({ job_id: jobId, state: "done", result: { unit: "HU" } as Result });
  return reduce(reduce(before, started(jobId, parameters)), { type: "job-reported", report: done });
}

test("a new file forgets the last job and the last problem", () => {
  const problem = { title: "Bad", status: 422 };
  const after = reduce(reduce(STARTED, { type: "failed", problem }), { type: "file-sending", fraction: 0.5 });
  expect(after).toEqual({ ...NOTHING_YET, sentFraction: 0.5 });
});

test("a refused file stops sending and shows why", () => {
  const sending = reduce(NOTHING_YET, { type: "file-sending", fraction: 1 });
  const problem = { title: "Unknown format", status: 422 };
  expect(reduce(sending, { type: "failed", problem })).toEqual({ ...NOTHING_YET, problem });
});

test("reports of another job change nothing", () => {
  expect(reduce(STARTED, { type: "job-reported", report: report({ job_id: "other" }) })).toBe(STARTED);
});

test("a report that comes after the end changes nothing", () => {
  const done = reduce(STARTED, { type: "job-reported", report: report({ state: "done" }) });
  expect(reduce(done, { type: "job-reported", report: report({ state: "running" }) })).toBe(done);
});

test("a failed job shows its problem, and one when it has none", () => {
  const error = { title: "No convergence", status: 500 };
  expect(reduce(STARTED, { type: "job-reported", report: report({ state: "failed", error }) }).problem).toBe(error);
  expect(reduce(STARTED, { type: "job-reported", report: report({ state: "failed" }) }).problem?.title).toMatch(
    /failed/i,
  );
});

test("starting again clears the problem of the run before", () => {
  const failed = reduce(STARTED, { type: "job-reported", report: report({ state: "failed" }) });
  const again = reduce(failed, started("k"));
  expect(again).toMatchObject({ raw: RAW, jobId: "k", problem: undefined, report: undefined });
});

test("progress is known only when the total is", () => {
  expect(fractionDone(report({ done: 3, total: 12 }))).toBe(0.25);
  expect(fractionDone(report({ done: 3, total: null }))).toBeUndefined();
  expect(fractionDone(report({ done: 30, total: 12 }))).toBe(1);
  expect(fractionDone(report({ state: "done", total: null }))).toBe(1);
});

test("the second reconstruction comes beside the first, the third in place of the second", () => {
  const one = finished(STARTED, "a");
  expect(one.shown).toEqual(["a"]);
  const two = finished(one, "b", { window: "hann" });
  expect(two.shown).toEqual(["a", "b"]);
  const three = finished(two, "c");
  expect(three.shown).toEqual(["a", "c"]);
  expect(three.takes.map((take) => [take.number, take.jobId])).toEqual([
    [1, "a"],
    [2, "b"],
    [3, "c"],
  ]);
  expect(three.takes[1]?.parameters).toEqual({ window: "hann" });
});

test("what is looked at is kept while older reconstructions go", () => {
  let state = finished(STARTED, "first");
  for (let i = 0; i < 30; i += 1) state = finished(state, `j${i}`);
  expect(state.takes.length).toBeLessThanOrEqual(13);
  expect(state.shown).toEqual(["first", "j29"]);
  expect(state.takes[0]?.jobId).toBe("first");
  expect(state.takes.at(-1)?.number).toBe(31);
});

test("a failed reconstruction leaves what was there", () => {
  const one = finished(STARTED, "a");
  const failed = reduce(reduce(one, started("b")), {
    type: "job-reported",
    report: report({ job_id: "b", state: "failed" }),
  });
  expect(failed.takes).toHaveLength(1);
  expect(failed.shown).toEqual(["a"]);
  expect(failed.problem).toBeDefined();
});
