import { expect, test } from "vitest";
import { changed, type FileState, tally } from "../../src/study-list/upload-state";

const FILES: FileState[] = [
  { name: "a", state: "stored", fraction: 1, reason: "" },
  { name: "b", state: "refused", fraction: 0.2, reason: "no" },
  { name: "c", state: "sending", fraction: 0.5, reason: "" },
  { name: "d", state: "waiting", fraction: 0, reason: "" },
];

test("files that are done and parts of files count", () => {
  expect(tally(FILES)).toEqual({ nDone: 2, nStored: 1, nRefused: 1, fraction: 2.5 / 4 });
});

test("no files are no progress", () => {
  expect(tally([]).fraction).toBe(0);
});

test("one file changes and the others stay", () => {
  const after = changed(FILES, 3, { state: "stored" });
  expect(after[3]?.state).toBe("stored");
  expect(after[2]).toBe(FILES[2]);
  expect(FILES[3]?.state).toBe("waiting");
});
