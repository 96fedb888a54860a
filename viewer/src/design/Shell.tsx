/** The frame around every page: brand, places, who is signed in. */
import { type ReactNode, useState } from "react";
import { Link } from "../navigation/Link";
import { useSession } from "../session/session-context";
import { Logo } from "./Logo";
import "./shell.css";
import { applyTheme, currentTheme } from "./theme";

export function Shell({ place, children }: { place: "studies" | "view" | "reconstruct"; children: ReactNode }) {
  const { user, signOut } = useSession();
  const [theme, setTheme] = useState(currentTheme);
  const other = theme === "dark" ? "light" : "dark";
  const change = () => {
    applyTheme(other);
    setTheme(other);
  };
  return (
    <div className="shell">
      <header className="top-bar">
        <Link to="/studies" className="brand">
          <Logo /> Isocenter
        </Link>
        <nav aria-label="Places">
          <Link to="/studies" current={place === "studies"}>
            Studies
          </Link>
          <Link to="/reconstruct" current={place === "reconstruct"}>
            Reconstruct
          </Link>
        </nav>
        <div className="who">
          <span className="name">{user.display_name || user.username}</span>
          {user.roles.map((role) => (
            <span key={role} className="chip">
              {role}
            </span>
          ))}
          <button type="button" className="quiet" onClick={change} title={`Use the ${other} theme`}>
            {theme === "dark" ? "Light" : "Dark"}
          </button>
          <button type="button" className="quiet" onClick={signOut}>
            Sign out
          </button>
        </div>
      </header>
      <main>{children}</main>
    </div>
  );
}
