/** What administrators set for everybody. */
import { type FormEvent, useEffect, useState } from "react";
import { Dialog } from "../design/Dialog";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { setIdleMinutes, timeLeft } from "./session-api";
import { WORDS } from "./words";

export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const say = useWords(WORDS);
  const [minutes, setMinutes] = useState<number>();
  const [isSaved, setSaved] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    timeLeft()
      .then(({ idle_s }) => setMinutes(Math.round(idle_s / 60)))
      .catch((thrown) => setProblem(problemOf(thrown)));
  }, []);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setProblem(undefined);
    setIdleMinutes(Number(new FormData(event.currentTarget).get("minutes")))
      .then(() => setSaved(true))
      .catch((thrown) => setProblem(problemOf(thrown)));
  };
  return (
    <Dialog title={say("settings")} onClose={onClose}>
      {problem && <ProblemNotice problem={problem} />}
      {minutes !== undefined && (
        <form onSubmit={submit}>
          <label className="field">
            <span>{say("idleMinutes")}</span>
            <input
              name="minutes"
              type="number"
              min={1}
              max={480}
              step={1}
              required
              defaultValue={minutes}
              onChange={() => setSaved(false)}
            />
            <small>{say("idleHelp")}</small>
          </label>
          <div className="actions">
            {isSaved && <span role="status">{say("saved")}</span>}
            <button type="submit" className="primary">
              {say("save")}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
