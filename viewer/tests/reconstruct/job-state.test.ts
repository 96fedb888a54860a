import { expect, test } from "vitest";
import { fractionDone, NOTHING_YET, reduce } from "../../src/reconstruct/job-state";
import type { JobReport, RawFile } from "../../src/reconstruct/reconstruct-api";

const RAW = { raw_id: "r" } as RawFile;

function report(change: Partial<JobReport>): JobReport {
  const empty = { done: 0, total: null, message: "", elapsed_s: 0, error: null, result: null };
  return { job_id: "j", state: "running", ...empty, ...change };
}

const STARTED = reduce(reduce(NOTHING_YET, { type: "file-read", raw: RAW }), { type: "job-started", jobId: "j" });

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
  const again = reduce(failed, { type: "job-started", jobId: "k" });
  expect(again).toMatchObject({ raw: RAW, jobId: "k", problem: undefined, report: undefined });
});

test("progress is known only when the total is", () => {
  expect(fractionDone(report({ done: 3, total: 12 }))).toBe(0.25);
  expect(fractionDone(report({ done: 3, total: null }))).toBeUndefined();
  expect(fractionDone(report({ done: 30, total: 12 }))).toBe(1);
  expect(fractionDone(report({ state: "done", total: null }))).toBe(1);
});
