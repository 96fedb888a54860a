/** Over a page whose session has ended: signing in again, and the page goes on as it was. */
import { Dialog } from "../design/Dialog";
import { useWords } from "../language/words";
import { SignInForm } from "./SignInForm";
import "./sign-in.css";
import type { User } from "./session-api";
import { WORDS } from "./words";

export function SignInDialog({ user, onSignedIn }: { user: User; onSignedIn: (user: User) => void }) {
  const say = useWords(WORDS);
  if (user.study !== undefined) {
    return (
      <Dialog title={say("ended")} isCovering>
        <p role="status">{say("linkHasEnded")}</p>
      </Dialog>
    );
  }
  return (
    <Dialog title={say("signIn")} isCovering>
      <div className="stack">
        <p role="status">
          {say("hasEnded")} {say("otherUser")}
        </p>
        <SignInForm username={user.username} onSignedIn={onSignedIn} />
      </div>
    </Dialog>
  );
}
