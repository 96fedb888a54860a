/** Asks for name and password. */
import { type FormEvent, useState } from "react";
import { Logo } from "../design/Logo";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import "./sign-in.css";
import { signIn, type User } from "./session-api";

interface SignInPageProps {
  hasExpired: boolean;
  onSignedIn: (user: User) => void;
}

export function SignInPage({ hasExpired, onSignedIn }: SignInPageProps) {
  const [problem, setProblem] = useState<Problem>();
  const [isWaiting, setWaiting] = useState(false);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setWaiting(true);
    setProblem(undefined);
    signIn(String(form.get("username")), String(form.get("password")))
      .then(onSignedIn)
      .catch((thrown) => {
        setProblem(problemOf(thrown));
        setWaiting(false);
      });
  };

  return (
    <div className="sign-in">
      <form className="card" onSubmit={submit}>
        <header>
          <Logo size_px={56} />
          <h1>Isocenter</h1>
          <p className="soft">From raw signal to signed report</p>
        </header>
        {hasExpired && !problem && <p role="status">Your session has ended. Please sign in again.</p>}
        {problem && <ProblemNotice problem={problem} />}
        <label className="field">
          <span>User name</span>
          <input name="username" autoComplete="username" required />
        </label>
        <label className="field">
          <span>Password</span>
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" className="primary" disabled={isWaiting}>
          {isWaiting ? "Signing in" : "Sign in"}
        </button>
      </form>
    </div>
  );
}
