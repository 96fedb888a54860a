import { describe, expect, it } from "vitest";
import { spoken } from "../../src/language/language";
import { filled, sayIn } from "../../src/language/words";

const WORDS = {
  found: { en: "{count} studies", de: "{count} Studien", vi: "{count} ca chụp" },
} as const;

describe("words", () => {
  it("are said in the language that is asked for, with their places filled", () => {
    expect(sayIn(WORDS, "de")("found", { count: 3 })).toBe("3 Studien");
    expect(sayIn(WORDS, "vi")("found", { count: 0 })).toBe("0 ca chụp");
  });

  it("keep a place that nothing is given for", () => {
    expect(filled("{a} of {b}", { a: 1 })).toBe("1 of {b}");
  });

  it("are in the first language of the browser that the pages speak, else in English", () => {
    expect(spoken(["fr-FR", "vi-VN", "de"])).toBe("vi");
    expect(spoken(["fr"])).toBe("en");
    expect(spoken([])).toBe("en");
  });
});
