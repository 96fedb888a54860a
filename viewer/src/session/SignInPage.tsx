/** The first page: who are you? */
import { Logo } from "../design/Logo";
import { LanguageChoice, ThemeButton } from "../design/preferences";
import { useWords } from "../language/words";
import { SignInForm } from "./SignInForm";
import "./sign-in.css";
import type { User } from "./session-api";
import { WORDS } from "./words";

export function SignInPage({ onSignedIn }: { onSignedIn: (user: User) => void }) {
  const say = useWords(WORDS);
  return (
    <main className="sign-in">
      <div className="card">
        <header>
          <Logo size_px={56} />
          <h1>Isocenter</h1>
          <p className="soft">{say("motto")}</p>
        </header>
        <SignInForm onSignedIn={onSignedIn} />
        <footer>
          <LanguageChoice />
          <ThemeButton />
        </footer>
      </div>
    </main>
  );
}
