/** Name and password. */
import { type FormEvent, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { signIn, type User } from "./session-api";
import { WORDS } from "./words";

interface SignInFormProps {
  username?: string;
  onSignedIn: (user: User) => void;
}

export function SignInForm({ username = "", onSignedIn }: SignInFormProps) {
  const say = useWords(WORDS);
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
    <form className="sign-in-form" onSubmit={submit}>
      {problem && <ProblemNotice problem={problem} />}
      <label className="field">
        <span>{say("userName")}</span>
        <input name="username" autoComplete="username" defaultValue={username} required />
      </label>
      <label className="field">
        <span>{say("password")}</span>
        {/* biome-ignore lint/a11y/noAutofocus: who signs in again has only the password to type */}
        <input name="password" type="password" autoComplete="current-password" required autoFocus={username !== ""} />
      </label>
      <button type="submit" className="primary" disabled={isWaiting}>
        {say(isWaiting ? "signingIn" : "signIn")}
      </button>
    </form>
  );
}
