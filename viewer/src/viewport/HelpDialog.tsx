/** Every key and every button of the mouse. */
import { useEffect, useRef } from "react";
import { KEY_BINDINGS, keyName } from "../tools/keyboard";
import { POINTER_TOOLS } from "../tools/tool-set";

const MOUSE = [
  ["Left button", "The chosen tool"],
  ["Right button", "Zoom"],
  ["Middle button", "Pan"],
  ["Wheel", "Through the series"],
] as const;

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="help" onClose={onClose} aria-label="Keys and mouse">
      <header>
        <h1>Keys and mouse</h1>
        <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <div className="help-columns">
        <section>
          <h2>View</h2>
          {KEY_BINDINGS.map(({ keys, label, command }) => (
            <Line key={command} keys={keys.map(keyName)} label={label} />
          ))}
        </section>
        <section>
          <h2>Tools</h2>
          {POINTER_TOOLS.map(({ key, label, hint }) => (
            <Line key={key} keys={[keyName(key)]} label={`${label}: ${hint}`} />
          ))}
          <Line keys={["1", "9"]} between="to" label="Window presets" />
          <h2>Mouse</h2>
          {MOUSE.map(([button, label]) => (
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
