import { describe, expect, it } from "vitest";
import { begun, indexOf, marked, missingPages, nextUnread, rowAt, withPage } from "../../src/study-list/listing";
import type { Row } from "../../src/study-list/work-list-api";

const row = (n: number, state: Row["state"] = "unread") => ({ uid: `1.${n}`, state, n_instances: 1 }) as Row;
const rows = (first: number, n: number) => Array.from({ length: n }, (_, i) => row(first + i));
const LISTING = begun(
  { rows: rows(0, 100), up_to: 250, sequence: 7, counts: { unread: 240, read: 10 }, n_instances: 900 },
  "all",
);

describe("a long list", () => {
  it("knows how long it is before its rows are there", () => {
    expect(LISTING.total).toBe(250);
    expect(begun({ rows: [], up_to: 0, sequence: 0, counts: { unread: 240, read: 10 } }, "read").total).toBe(10);
    expect(rowAt(LISTING, 99)?.uid).toBe("1.99");
    expect(rowAt(LISTING, 100)).toBeUndefined();
  });

  it("asks for the pages in sight only, and not behind its end", () => {
    expect(missingPages(LISTING, 0, 40)).toEqual([]);
    expect(missingPages(LISTING, 90, 130)).toEqual([1]);
    expect(missingPages(LISTING, 190, 400)).toEqual([1, 2]);
    expect(missingPages(begun({ rows: [], up_to: 0, sequence: 0 }, "all"), 0, 40)).toEqual([]);
  });

  it("finds a study on any page that is held", () => {
    const both = withPage(LISTING, 2, rows(200, 50));
    expect(indexOf(both, "1.203")).toBe(203);
    expect(indexOf(both, "1.150")).toBe(-1);
    expect(indexOf(both, undefined)).toBe(-1);
  });

  it("takes marks of others without moving rows, and counts them", () => {
    const mark = {
      uid: "1.3",
      state: "reading",
      reader: "rita",
      reader_name: "Rita",
      marked_at: "",
      n_marked: 1,
    } as const;
    const after = marked(LISTING, [mark, { ...mark, uid: "9.9" }]);
    expect(rowAt(after, 3)).toMatchObject({ uid: "1.3", state: "reading", reader_name: "Rita" });
    expect(after.counts).toEqual({ unread: 239, reading: 1, read: 10 });
    expect(rowAt(LISTING, 3)?.state).toBe("unread");
  });

  it("goes to the next unread study", () => {
    const begin = begun({ rows: [row(0, "read"), row(1), row(2, "reading"), row(3)], up_to: 4, sequence: 0 }, "all");
    expect([-1, 0, 1, 3].map((index) => nextUnread(begin, index))).toEqual([1, 1, 3, -1]);
  });
});
