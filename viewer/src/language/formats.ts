/** Dates, times and numbers as the chosen language writes them. DICOM's own forms: PS3.5 sec. 6.2 (DA, TM). */
import { useMemo, useSyncExternalStore } from "react";
import { currentLanguage, type Language, onLanguage } from "./language";

export interface Formats {
  /** A DICOM date (20261120); one of zeros gives "", text that is no date comes back as it is. */
  date: (da: string) => string;
  /** A DICOM time (140533.12) without its seconds. */
  time: (tm: string) => string;
  number: (value: number) => string;
  /** Three figures, however small the number is: 0.00925. */
  figures: (value: number) => string;
  /** A moment in ISO 8601, in the time of this place. */
  moment: (iso: string) => string;
}

export function formatsIn(language: Language = currentLanguage()): Formats {
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone: "UTC", hourCycle: "h23" });
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  const number = new Intl.NumberFormat(language);
  const figures = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  return {
    date: (da) => {
      if (/^0*$/.test(da)) return "";
      const match = /^(\d{4})[.-]?(\d{2})[.-]?(\d{2})/.exec(da);
      const at = match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) : Number.NaN;
      return Number.isNaN(at) ? da : day.format(at);
    },
    time: (tm) => {
      const match = /^(\d{2}):?(\d{2})/.exec(tm);
      return match ? clock.format(Date.UTC(2000, 0, 1, Number(match[1]), Number(match[2]))) : "";
    },
    number: (value) => number.format(value),
    figures: (value) => figures.format(value),
    moment: (iso) => (Number.isNaN(Date.parse(iso)) ? "" : moment.format(Date.parse(iso))),
  };
}

/** The same for components: they are drawn anew when the language changes. */
export function useFormats(): Formats {
  const language = useSyncExternalStore(onLanguage, currentLanguage);
  return useMemo(() => formatsIn(language), [language]);
}
