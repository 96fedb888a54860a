/** Lets pages show only while someone is signed in; otherwise asks for name and password. */
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { type Problem, problemOf } from "../http/problem";
import { onUnauthenticated } from "../http/request";
import { SignInPage } from "./SignInPage";
import { signOut, type User, whoIsSignedIn } from "./session-api";
import { SessionContext } from "./session-context";

type State =
  | { kind: "asking" }
  | { kind: "nobody"; hasExpired: boolean }
  | { kind: "failed"; problem: Problem }
  | { kind: "signed-in"; user: User };

export function SessionGate({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ kind: "asking" });

  const ask = useCallback(() => {
    setState({ kind: "asking" });
    whoIsSignedIn()
      .then((user) => setState(user ? { kind: "signed-in", user } : { kind: "nobody", hasExpired: false }))
      .catch((thrown) => setState({ kind: "failed", problem: problemOf(thrown) }));
  }, []);

  useEffect(ask, [ask]);
  useEffect(() => onUnauthenticated(() => setState({ kind: "nobody", hasExpired: true })), []);

  const session = useMemo(() => {
    if (state.kind !== "signed-in") return undefined;
    const leave = () => {
      signOut()
        .then(() => location.assign("/sign-in"))
        .catch((thrown) => setState({ kind: "failed", problem: problemOf(thrown) }));
    };
    return { user: state.user, signOut: leave };
  }, [state]);

  if (state.kind === "asking") return <Waiting label="Opening the reading room" />;
  if (state.kind === "failed") {
    return (
      <div style={{ maxWidth: 560, margin: "15vh auto", padding: 20 }}>
        <ProblemNotice problem={state.problem} onRetry={ask} />
      </div>
    );
  }
  if (!session) {
    const hasExpired = state.kind === "nobody" && state.hasExpired;
    return <SignInPage hasExpired={hasExpired} onSignedIn={(user) => setState({ kind: "signed-in", user })} />;
  }
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}
