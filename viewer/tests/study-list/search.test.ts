import { describe, expect, it } from "vitest";
import { isNarrowed, NO_SEARCH, requestOf, searchOfView, sortedBy, viewOf } from "../../src/study-list/search";

const TODAY = new Date(2026, 2, 1, 0, 30); // the first of March, half past midnight at this place

describe("a search", () => {
  it("asks for everything when nothing is typed", () => {
    expect(requestOf(NO_SEARCH, TODAY)).toEqual({
      text: "",
      first_date: "",
      last_date: "",
      modalities: [],
      states: [],
      sort: "date",
      is_descending: true,
    });
    expect(isNarrowed(NO_SEARCH)).toBe(false);
    expect(isNarrowed({ ...NO_SEARCH, sort: "patientName" })).toBe(false);
  });

  it.each([
    ["today", "20260301", "20260301"],
    ["yesterday", "20260228", "20260228"],
    ["week", "20260223", "20260301"],
    ["month", "20260131", "20260301"],
    ["year", "20250302", "20260301"],
  ] as const)("counts %s in days of this place", (span, first, last) => {
    const { first_date, last_date } = requestOf({ ...NO_SEARCH, span }, TODAY);
    expect([first_date, last_date]).toEqual([first, last]);
  });

  it("takes days of one's own, with either end open", () => {
    const { first_date, last_date } = requestOf({ ...NO_SEARCH, span: "between", from: "2026-01-05" }, TODAY);
    expect([first_date, last_date]).toEqual(["20260105", ""]);
  });

  it("takes several modalities in any spelling", () => {
    expect(requestOf({ ...NO_SEARCH, modalities: " ct, mr/PT " }, TODAY).modalities).toEqual(["CT", "MR", "PT"]);
  });

  it("turns around when the same column is chosen again", () => {
    const byName = sortedBy(NO_SEARCH, "patientName");
    expect([byName.sort, byName.isDescending]).toEqual(["patientName", false]);
    expect(sortedBy(byName, "patientName").isDescending).toBe(true);
    expect(sortedBy(byName, "date").isDescending).toBe(true);
  });

  it("comes back from a view as it was, with relative days still relative", () => {
    const search = { ...NO_SEARCH, text: "smith", span: "week", state: "unread", modalities: "CT" } as const;
    expect(searchOfView(viewOf(search, TODAY))).toEqual(search);
  });

  it("limits nothing where a view says nothing it knows", () => {
    expect(searchOfView({})).toEqual(NO_SEARCH);
    expect(searchOfView({ page: { span: "century", state: 3 } })).toEqual(NO_SEARCH);
  });
});
