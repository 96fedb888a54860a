import { describe, expect, it } from "vitest";
import { timeApart } from "../../src/study-list/time-apart";

describe("the time between two studies", () => {
  it.each([
    ["20260110", "20260109", "1 day before"],
    ["20260110", "20251120", "51 days before"],
    ["20260110", "20250510", "8 months before"],
    ["20260110", "20200101", "6 years before"],
    ["20260110", "20260112", "2 days after"],
    ["20260110", "20260110", ""],
    ["20260110", "", ""],
  ])("from %s to %s", (here, other, expected) => {
    expect(timeApart(here, other, "en")).toBe(expected);
  });

  it("is said in the language of the page", () => {
    expect(timeApart("20260110", "20250510", "de")).toBe("8 Monate davor");
    expect(timeApart("20260110", "20250510", "vi")).toBe("trước đó 8 tháng");
  });
});
