import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../../src/language/language";

const FILES = import.meta.glob<Record<string, unknown>>(["../../src/**/words.ts", "!../../src/language/words.ts"], {
  eager: true,
});

/** The places of a text, each as often as it stands there. */
const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe.each(Object.entries(FILES))("%s", (_, module) => {
  const tables = Object.values(module).filter((value) => typeof value === "object") as Record<
    string,
    Record<string, string>
  >[];
  it("says everything in every language, with the same places", () => {
    expect(tables.length).toBeGreaterThan(0);
    for (const [key, texts] of tables.flatMap((table) => Object.entries(table))) {
      expect(Object.keys(texts).sort(), key).toEqual(Object.keys(LANGUAGES).sort());
      for (const text of Object.values(texts)) {
        expect(text.trim(), key).not.toBe("");
        expect(places(text), key).toEqual(places(texts.en ?? ""));
      }
    }
  });
});
