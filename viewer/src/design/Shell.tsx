/** The frame around every page: brand, places, who is signed in. */
import { type ReactNode, useState, useSyncExternalStore } from "react";
import { chooseLanguage, currentLanguage, isLanguage, LANGUAGES, onLanguage } from "../language/language";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { useSession } from "../session/session-context";
import { Logo } from "./Logo";
import "./shell.css";
import { applyTheme, currentTheme } from "./theme";
import { WORDS } from "./words";

interface ShellProps {
  place: "studies" | "view" | "reconstruct";
  /** What the session adds to the bar. */
  more?: ReactNode;
  children: ReactNode;
}

export function Shell({ place, more, children }: ShellProps) {
  const say = useWords(WORDS);
  const { user, signOut } = useSession();
  return (
    <div className="shell">
      <header className="top-bar">
        <Link to="/studies" className="brand">
          <Logo /> Isocenter
        </Link>
        <nav aria-label={say("places")}>
          <Link to="/studies" current={place === "studies"}>
            {say("studies")}
          </Link>
          {user.permissions.includes("reconstructions:run") && (
            <Link to="/reconstruct" current={place === "reconstruct"}>
              {say("reconstruct")}
            </Link>
          )}
        </nav>
        <div className="who">
          <span className="name">{user.display_name || user.username}</span>
          {user.roles.map((role) => (
            <span key={role} className="chip">
              {role}
            </span>
          ))}
          <LanguageChoice />
          <ThemeButton />
          {more}
          <button type="button" className="quiet" onClick={signOut}>
            {say("signOut")}
          </button>
        </div>
      </header>
      <main>{children}</main>
    </div>
  );
}

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
