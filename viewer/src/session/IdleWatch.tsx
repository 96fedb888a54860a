/** Warns before a session ends for want of activity, and can prolong it; the server decides when it ends. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Dialog } from "../design/Dialog";
import { problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { nextStep, warningLead_s } from "./idle";
import { reportActivity, type TimeLeft, timeLeft } from "./session-api";
import { useSession } from "./session-context";
import { WORDS } from "./words";

const TICK_MS = 1000;
const SIGNS_OF_LIFE = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

export function IdleWatch() {
  const say = useWords(WORDS);
  const { signOut } = useSession();
  const [left_s, setLeft] = useState<number>();
  const watch = useRef({ endsAt_s: Number.POSITIVE_INFINITY, idle_s: 900, reportedAt_s: 0, askedAt_s: 0 });
  const isActive = useRef(false);
  const isWarning = left_s !== undefined;
  const warning = useRef(isWarning);
  warning.current = isWarning;

  const take = useCallback((time: TimeLeft) => {
    const now_s = Date.now() / 1000;
    watch.current.idle_s = time.idle_s;
    watch.current.endsAt_s = time.left_s === null ? Number.POSITIVE_INFINITY : now_s + time.left_s;
    watch.current.askedAt_s = now_s;
    const isNear = time.left_s !== null && time.left_s <= warningLead_s(time.idle_s);
    setLeft(isNear ? Math.ceil(time.left_s ?? 0) : undefined);
  }, []);

  const ask = useCallback(() => {
    // Without an answer the next tick asks again; that nobody is signed in is shown by the session.
    timeLeft()
      .then(take)
      .catch((thrown) => console.warn("How long the session lasts is not known:", problemOf(thrown).title));
  }, [take]);

  const report = useCallback(() => {
    isActive.current = false;
    watch.current.reportedAt_s = Date.now() / 1000;
    reportActivity()
      .then(take)
      .catch((thrown) => console.warn("The session could not be prolonged:", problemOf(thrown).title));
  }, [take]);

  useEffect(() => {
    watch.current.reportedAt_s = Date.now() / 1000;
    ask();
    const tick = () => {
      const now_s = Date.now() / 1000;
      const step = nextStep({ ...watch.current, now_s, isActive: isActive.current, isWarning: warning.current });
      if (step === "report") report();
      else if (step !== "nothing") {
        watch.current.askedAt_s = now_s;
        ask();
      }
      setLeft((now) => (now === undefined ? now : Math.max(0, Math.ceil(watch.current.endsAt_s - now_s))));
    };
    const timer = setInterval(tick, TICK_MS);
    const live = () => {
      isActive.current = true;
    };
    for (const sign of SIGNS_OF_LIFE) addEventListener(sign, live, { capture: true, passive: true });
    document.addEventListener("visibilitychange", ask);
    return () => {
      clearInterval(timer);
      for (const sign of SIGNS_OF_LIFE) removeEventListener(sign, live, { capture: true });
      document.removeEventListener("visibilitychange", ask);
    };
  }, [ask, report]);

  if (left_s === undefined) return null;
  return (
    <Dialog title={say("stillThere")}>
      <div className="stack">
        <p role="timer">{say("endsIn", { count: left_s })}</p>
        <div className="actions">
          <button type="button" className="quiet" onClick={signOut}>
            {say("signOut")}
          </button>
          {/* biome-ignore lint/a11y/noAutofocus: one key keeps the session */}
          <button type="button" className="primary" autoFocus onClick={report}>
            {say("stay")}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
