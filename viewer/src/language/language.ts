/** The language of the pages, kept in this browser; without a choice it is the one the browser asks for. */
const KEY = "isocenter-language";

export const LANGUAGES = { en: "English", de: "Deutsch", vi: "Tiếng Việt" } as const;
export type Language = keyof typeof LANGUAGES;

const listeners = new Set<() => void>();

export function isLanguage(code: string | null | undefined): code is Language {
  return code != null && Object.hasOwn(LANGUAGES, code);
}

/** The first of these tags (BCP 47) that the pages speak, English if none. */
export function spoken(tags: readonly string[]): Language {
  for (const tag of tags) {
    const code = tag.toLowerCase().split("-")[0];
    if (isLanguage(code)) return code;
  }
  return "en";
}

export function currentLanguage(): Language {
  const chosen = localStorage.getItem(KEY);
  return isLanguage(chosen) ? chosen : spoken(navigator.languages);
}

/** Say to the browser which language the page is in, so that it is read aloud and broken into lines rightly. */
export function announceLanguage(): void {
  document.documentElement.lang = currentLanguage();
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  announceLanguage();
  for (const listener of listeners) listener();
}

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
