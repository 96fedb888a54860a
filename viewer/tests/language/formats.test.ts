import { describe, expect, it } from "vitest";
import { formatsIn } from "../../src/language/formats";

describe("dates and numbers", () => {
  it("are written as the language does", () => {
    expect(formatsIn("en").date("20260105")).toBe("Jan 5, 2026");
    expect(formatsIn("de").date("20260105")).toBe("05.01.2026");
    expect(formatsIn("vi").date("20260105")).toMatch(/^5 thg 1, 2026$/);
    expect(formatsIn("de").time("140533.12")).toBe("14:05");
    expect(formatsIn("de").number(100_000)).toBe("100.000");
  });

  it("leave alone what is no date", () => {
    expect(formatsIn("en").date("00000000")).toBe("");
    expect(formatsIn("en").date("")).toBe("");
    expect(formatsIn("en").date("unknown")).toBe("unknown");
    expect(formatsIn("en").time("")).toBe("");
    expect(formatsIn("en").moment("")).toBe("");
  });
});
