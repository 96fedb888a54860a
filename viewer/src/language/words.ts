/** What a page says, in every language; each folder keeps its own words in `words.ts`. */
import { useSyncExternalStore } from "react";
import { currentLanguage, type Language, onLanguage } from "./language";

export type Words<Key extends string> = Readonly<Record<Key, Readonly<Record<Language, string>>>>;
export type Say<Key extends string> = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

/** One text with its places filled: `{count} studies`. */
export function filled(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** What says a key in the language of the moment; for code outside of components. */
export function sayIn<Key extends string>(words: Words<Key>, language: Language = currentLanguage()): Say<Key> {
  return (key, values) => filled(words[key][language], values);
}

/** The same for components: they are drawn anew when the language changes. */
export function useWords<Key extends string>(words: Words<Key>): Say<Key> {
  return sayIn(words, useSyncExternalStore(onLanguage, currentLanguage));
}
