/** Says whether the measurements are saved, and saves them by hand. */
import { useWords } from "../language/words";
import type { SaveState } from "./study-measurements";
import { WORDS } from "./words";

export function SaveIndicator({ state, onSave }: { state: SaveState; onSave: () => void }) {
  const say = useWords(WORDS);
  const isWaiting = state.kind === "unsaved" || state.kind === "failed";
  return (
    <div className="save-indicator" data-state={state.kind} data-testid="save-state" role="status">
      <span className="save-dot" aria-hidden="true" />
      <span>{say(state.kind)}</span>
      {isWaiting && (
        <button type="button" className="quiet" onClick={onSave} title="Ctrl S">
          {say("save")}
        </button>
      )}
      {state.kind === "failed" && (
        <p className="save-problem" title={state.problem.detail}>
          {state.problem.title}.{" "}
          {state.retryInS === undefined ? say("kept") : say("retrying", { seconds: state.retryInS })}
        </p>
      )}
    </div>
  );
}
