/** Where a link leads: one click, or a password, and its study opens. */
import { type FormEvent, useEffect, useState } from "react";
import { Logo } from "../design/Logo";
import { ProblemNotice } from "../design/ProblemNotice";
import { LanguageChoice, ThemeButton } from "../design/preferences";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { go } from "../navigation/history";
import { viewPath } from "../navigation/route";
import { openLink, type User, whoIsSignedIn } from "./session-api";
import { tokenOf } from "./shared-address";
import "./sign-in.css";
import { WORDS } from "./words";

export function SharedPage() {
  const say = useWords(WORDS);
  const [token] = useState(() => tokenOf(location.hash));
  const [needsPassword, setNeedsPassword] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [isWaiting, setWaiting] = useState(false);
  const [user, setUser] = useState<User>();

  // Out of the address bar, so that it stays neither on the screen nor in the history.
  useEffect(() => history.replaceState(null, "", "/shared"), []);
  useEffect(() => {
    whoIsSignedIn()
      .then(setUser)
      .catch((thrown) => setProblem(problemOf(thrown)));
  }, []);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setWaiting(true);
    setProblem(undefined);
    openLink(token, String(new FormData(event.currentTarget).get("password") ?? ""))
      .then(({ study }) => study !== undefined && go(viewPath(study), true))
      .catch((thrown) => {
        const found = problemOf(thrown);
        const asksFirst = found.field === "password" && !needsPassword;
        setNeedsPassword(needsPassword || found.field === "password");
        setProblem(asksFirst ? undefined : found);
        setWaiting(false);
      });
  };
  return (
    <main className="sign-in">
      <div className="card">
        <header>
          <Logo size_px={56} />
          <h1>{say("shared")}</h1>
          <p className="soft">{say("sharedHelp")}</p>
        </header>
        {token ? (
          <form className="sign-in-form" onSubmit={submit} autoComplete="off">
            {user && user.study === undefined && (
              <p role="status">{say("signedInAs", { who: user.display_name || user.username })}</p>
            )}
            {problem && <ProblemNotice problem={problem} />}
            {needsPassword && (
              <label className="field">
                <span>{say("password")}</span>
                {/* biome-ignore lint/a11y/noAutofocus: it is the only field, and was asked for */}
                <input name="password" type="password" autoComplete="off" required autoFocus />
              </label>
            )}
            <button type="submit" className="primary" disabled={isWaiting}>
              {say("openShared")}
            </button>
          </form>
        ) : (
          <ProblemNotice problem={{ title: say("noToken"), status: 0, remedy: say("noTokenHelp") }} />
        )}
        <footer>
          <LanguageChoice />
          <ThemeButton />
        </footer>
      </div>
    </main>
  );
}
