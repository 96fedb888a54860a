/** What each person chooses for this browser: language and theme. */
import { useState, useSyncExternalStore } from "react";
import { chooseLanguage, currentLanguage, isLanguage, LANGUAGES, onLanguage } from "../language/language";
import { useWords } from "../language/words";
import { applyTheme, currentTheme } from "./theme";
import { WORDS } from "./words";

export function LanguageChoice() {
  const say = useWords(WORDS);
  const language = useSyncExternalStore(onLanguage, currentLanguage);
  return (
    <select
      className="language"
      aria-label={say("language")}
      value={language}
      onChange={(event) => isLanguage(event.target.value) && chooseLanguage(event.target.value)}
    >
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function ThemeButton() {
  const say = useWords(WORDS);
  const [theme, setTheme] = useState(currentTheme);
  const other = theme === "dark" ? "light" : "dark";
  const change = () => {
    applyTheme(other);
    setTheme(other);
  };
  return (
    <button type="button" className="quiet" onClick={change} title={say(theme === "dark" ? "useLight" : "useDark")}>
      {say(theme === "dark" ? "toLight" : "toDark")}
    </button>
  );
}
