/** The frame around every page: brand, places, who is signed in. */
import type { ReactNode } from "react";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { useSession } from "../session/session-context";
import { Logo } from "./Logo";
import { LanguageChoice, ThemeButton } from "./preferences";
import "./shell.css";
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
  const isGuest = user.study !== undefined;
  return (
    <div className="shell">
      <header className="top-bar">
        {isGuest ? (
          <span className="brand">
            <Logo /> Isocenter
          </span>
        ) : (
          <Link to="/studies" className="brand">
            <Logo /> Isocenter
          </Link>
        )}
        {isGuest ? (
          <span className="chip">{say("sharedStudy")}</span>
        ) : (
          <nav aria-label={say("places")}>
            <Link to="/studies" current={place === "studies"}>
              {say("studies")}
            </Link>
            {user.permissions.includes("reconstructions:run") && (
              <Link to="/reconstruct" current={place === "reconstruct"}>
                {say("reconstruct")}
              </Link>
            )}
            <Link to="/display-check">{say("displayCheck")}</Link>
          </nav>
        )}
        <div className="who">
          {!isGuest && <span className="name">{user.display_name || user.username}</span>}
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
