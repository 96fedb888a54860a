/**
 * Lets pages show only while someone is signed in; otherwise asks for name and password.
 *
 * A page that is open when its session ends stays as it is, covered, and goes on when the same person has signed in.
 */
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { takeAhead } from "../http/ahead";
import { type Problem, problemOf } from "../http/problem";
import { onUnauthenticated } from "../http/request";
import { useWords } from "../language/words";
import { IdleWatch } from "./IdleWatch";
import { SignInDialog } from "./SignInDialog";
import { SignInPage } from "./SignInPage";
import { signOut, type User, whoIsSignedIn } from "./session-api";
import { SessionContext } from "./session-context";
import { announceSignedIn } from "./signed-in";
import { WORDS } from "./words";

type State =
  | { kind: "asking" }
  | { kind: "nobody" }
  | { kind: "failed"; problem: Problem }
  | { kind: "signed-in"; user: User; hasEnded: boolean };

export function SessionGate({ children }: { children: ReactNode }) {
  const say = useWords(WORDS);
  const [state, setState] = useState<State>({ kind: "asking" });

  const ask = useCallback(() => {
    setState({ kind: "asking" });
    takeAhead("session", whoIsSignedIn)
      .then((user) => setState(user ? { kind: "signed-in", user, hasEnded: false } : { kind: "nobody" }))
      .catch((thrown) => setState({ kind: "failed", problem: problemOf(thrown) }));
  }, []);

  useEffect(ask, [ask]);
  useEffect(
    () =>
      onUnauthenticated(() =>
        setState((now) => (now.kind === "signed-in" ? { ...now, hasEnded: true } : { kind: "nobody" })),
      ),
    [],
  );

  const user = state.kind === "signed-in" ? state.user : undefined;
  const session = useMemo(() => {
    if (!user) return undefined;
    const leave = () => {
      signOut()
        .then(() => location.assign(user.study === undefined ? "/sign-in" : "/shared"))
        .catch((thrown) => setState({ kind: "failed", problem: problemOf(thrown) }));
    };
    return { user, signOut: leave };
  }, [user]);

  const goOn = (next: User) => {
    // What one person has open is not for another.
    if (next.username !== user?.username) return location.assign("/studies");
    setState({ kind: "signed-in", user: next, hasEnded: false });
    announceSignedIn();
  };

  if (state.kind === "asking") return <Waiting label={say("opening")} />;
  if (state.kind === "failed") {
    return (
      <main style={{ maxWidth: 560, margin: "15vh auto", padding: 20 }}>
        <ProblemNotice problem={state.problem} onRetry={ask} />
      </main>
    );
  }
  if (state.kind === "nobody" || !session) {
    return <SignInPage onSignedIn={(found) => setState({ kind: "signed-in", user: found, hasEnded: false })} />;
  }
  return (
    <SessionContext.Provider value={session}>
      {children}
      {state.hasEnded ? <SignInDialog user={state.user} onSignedIn={goOn} /> : <IdleWatch />}
    </SessionContext.Provider>
  );
}
