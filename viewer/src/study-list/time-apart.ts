/** How long before or after a study another one was made, as people say it: "8 months before". */
import { useSyncExternalStore } from "react";
import { currentLanguage, type Language, onLanguage } from "../language/language";
import { sayIn } from "../language/words";
import { WORDS } from "./words";

const DAY_MS = 86_400_000;

/** Return a text, or "" when a day is missing or the days are the same. */
export function timeApart(thisDay: string, otherDay: string, language: Language): string {
  const days = Math.round((timeOf(otherDay) - timeOf(thisDay)) / DAY_MS);
  if (!days) return "";
  const [value, unit] =
    Math.abs(days) < 60
      ? [Math.abs(days), "day"]
      : Math.abs(days) < 730
        ? [Math.round(Math.abs(days) / 30.44), "month"]
        : [Math.floor(Math.abs(days) / 365.25), "year"];
  const time = new Intl.NumberFormat(language, { style: "unit", unit: unit as string, unitDisplay: "long" }).format(
    value as number,
  );
  return sayIn(WORDS, language)(days < 0 ? "before" : "after", { time });
}

export function useApart(): (thisDay: string, otherDay: string) => string {
  const language = useSyncExternalStore(onLanguage, currentLanguage);
  return (thisDay, otherDay) => timeApart(thisDay, otherDay, language);
}

function timeOf(da: string): number {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(da);
  return match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) : Number.NaN;
}
