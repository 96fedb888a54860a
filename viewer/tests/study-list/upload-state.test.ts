import { describe, expect, it } from "vitest";
import { type FileState, listed, tally } from "../../src/study-list/upload-state";

const file = (name: string, state: FileState["state"], fraction = 0): FileState => ({
  name,
  state,
  fraction,
  reason: "",
});
const FILES = [
  file("a", "stored", 1),
  file("b", "refused"),
  file("c", "sending", 0.5),
  file("d", "waiting"),
  file("e", "stored", 1),
];

describe("an upload", () => {
  it("is counted file by file", () => {
    expect(tally(FILES)).toEqual({ nDone: 3, nStored: 2, nRefused: 1, fraction: 3.5 / 5 });
    expect(tally([])).toEqual({ nDone: 0, nStored: 0, nRefused: 0, fraction: 0 });
  });

  it("lists what needs a person first", () => {
    expect(listed(FILES, 4).map(({ name }) => name)).toEqual(["b", "c", "e", "a"]);
  });
});
