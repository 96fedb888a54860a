/** What the logic needs of a browser that Node has not: an English one, whose storage holds nothing. */
import { vi } from "vitest";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
});

vi.stubGlobal("navigator", { languages: ["en-US"] });
