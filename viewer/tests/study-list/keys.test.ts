import { describe, expect, it } from "vitest";
import { commandOf } from "../../src/study-list/keys";

describe("keys", () => {
  it("give commands with and without Shift", () => {
    expect(["r", "R", "n", "/", "?", "Escape", "2"].map(commandOf)).toEqual([
      "toggle-read",
      "toggle-read",
      "next-unread",
      "search",
      "help",
      "clear",
      "state-2",
    ]);
  });

  it("leave the others to the grid", () => {
    expect(["ArrowDown", "Enter", "x", "5"].map(commandOf)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
