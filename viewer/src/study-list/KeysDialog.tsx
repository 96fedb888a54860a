/** Every key of the work list. */
import { Dialog } from "../design/Dialog";
import { useWords } from "../language/words";
import { WORK_LIST_KEYS } from "./keys";
import { WORDS } from "./words";

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const say = useWords(WORDS);
  return (
    <Dialog title={say("keys")} onClose={onClose}>
      <dl className="key-list">
        {WORK_LIST_KEYS.map(({ keys, word }) => (
          <div key={word} className="key-line">
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{say(word)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
