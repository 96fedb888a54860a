/** Every key and every button of the mouse. */
import { useEffect, useRef } from "react";
import { useWords } from "../language/words";
import { type CommandGroup, KEY_BINDINGS, keyName, PANEL_KEYS } from "../tools/keyboard";
import { POINTER_TOOLS } from "../tools/tool-set";
import { COMMAND_WORDS, HINT_WORDS, TOOL_WORDS } from "../tools/words";
import { WORDS } from "./words";

const GROUPS: readonly CommandGroup[] = ["image", "picture", "layout", "volume", "links", "panels"];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const say = useWords(WORDS);
  const sayTool = useWords(TOOL_WORDS);
  const sayHint = useWords(HINT_WORDS);
  const sayCommand = useWords(COMMAND_WORDS);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const mouse = [
    [say("mouse-left"), say("mouse-left-does")],
    [say("mouse-right"), sayTool("zooming")],
    [say("mouse-middle"), sayTool("panning")],
    [say("mouse-wheel"), say("mouse-wheel-does")],
    [say("mouse-double"), sayCommand("maximise")],
  ] as const;
  const touch = [
    [say("touch-one"), say("mouse-left-does")],
    [say("touch-two"), say("touch-two-does")],
    [say("touch-three"), say("mouse-wheel-does")],
  ] as const;
  return (
    <dialog ref={dialog} className="help" onClose={onClose} aria-label={say("help-title")}>
      <header>
        <h1>{say("help-title")}</h1>
        <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
          {say("close")}
        </button>
      </header>
      <div className="help-columns">
        {GROUPS.map((group) => (
          <section key={group}>
            <h2>{say(`group-${group}`)}</h2>
            {KEY_BINDINGS.filter((binding) => binding.group === group).map(({ keys, command, hasShift }) => (
              <Line key={command} keys={keys.map((key) => keyName(key, hasShift))} label={sayCommand(command)} />
            ))}
          </section>
        ))}
        <section>
          <h2>{say("help-tools")}</h2>
          {POINTER_TOOLS.map(({ key, id }) => (
            <Line key={id} keys={[keyName(key)]} label={`${sayTool(id)}: ${sayHint(id)}`} />
          ))}
          <Line keys={["1", "9"]} between={say("to")} label={say("help-presets")} />
        </section>
        <section>
          <h2>{say("help-measurements")}</h2>
          {PANEL_KEYS.map(({ keys, does }) => (
            <Line key={does} keys={keys} label={say(does)} />
          ))}
        </section>
        <section>
          <h2>{say("help-touch")}</h2>
          {touch.map(([fingers, label]) => (
            <Line key={fingers} keys={[fingers]} label={label} />
          ))}
        </section>
        <section>
          <h2>{say("help-mouse")}</h2>
          {mouse.map(([button, label]) => (
            <Line key={button} keys={[button]} label={label} />
          ))}
        </section>
      </div>
    </dialog>
  );
}

function Line({ keys, label, between = "" }: { keys: readonly string[]; label: string; between?: string }) {
  return (
    <p className="help-line">
      <span className="keys">
        {keys.map((key, index) => (
          <span key={key}>
            {index > 0 && between ? ` ${between} ` : ""}
            <kbd>{key}</kbd>
          </span>
        ))}
      </span>
      <span>{label}</span>
    </p>
  );
}
