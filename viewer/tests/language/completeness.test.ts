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

const PAGES = import.meta.glob<string>("../../src/**/*.tsx", { eager: true, query: "?raw", import: "default" });
/** Names and keys are the same in every language. */
const SAME_EVERYWHERE = /^(Isocenter|Ctrl [A-Z]|DICOM|PDF|CSV)$/;

describe.each(Object.entries(PAGES))("%s", (_, source) => {
  it("has no text of its own", () => {
    // Between tags on one line, alone on a line of markup, or in an attribute that is read aloud or shown.
    const texts = [
      ...source.matchAll(/[a-z"}]>([A-Z][A-Za-z ,.'-]{2,})</g),
      ...source.matchAll(/^ +([A-Z][a-z]+(?: [a-z']+)*[.:]?)$/gm),
      ...source.matchAll(/\b(?:title|placeholder|alt|aria-label|label)="([^"]*[A-Za-z]{3}[^"]*)"/g),
    ];
    expect(texts.map(([, text]) => text).filter((text) => !SAME_EVERYWHERE.test(text ?? ""))).toEqual([]);
  });
});
