/** Listens to the keyboard by the table in `tools/keyboard`, except where someone is typing. */
import { useEffect, useRef } from "react";
import { type Command, commandFor } from "../tools/keyboard";
import type { PointerTool } from "../tools/pointer-tool";
import { POINTER_TOOLS } from "../tools/tool-set";

interface KeyHandlers {
  onCommand: (command: Command) => void;
  onTool: (tool: PointerTool) => void;
  /** `number` is 1 for the first preset. */
  onPreset: (number: number) => void;
}

export function useViewerKeys(handlers: KeyHandlers): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isForElement(event.target, event.key)) return;
      const tool = POINTER_TOOLS.find(({ key }) => key === event.key);
      const command = commandFor(event.key, event.shiftKey);
      if (command) latest.current.onCommand(command);
      else if (tool) latest.current.onTool(tool);
      else if (/^[1-9]$/.test(event.key)) latest.current.onPreset(Number(event.key));
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

/** Keys that press a button. */
const PRESS = /^( |Enter)$/;
/** Keys that a slider uses itself. */
const SLIDER_KEYS = /^(Arrow|Page|Home|End)/;

/** Whether a key belongs to the element that has the focus and not to the viewer. */
function isForElement(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog, select")) return true;
  if (target instanceof HTMLInputElement) {
    if (target.type === "checkbox") return key === " ";
    return target.type !== "range" || SLIDER_KEYS.test(key);
  }
  if (target.closest("summary, textarea, [contenteditable]")) return target.tagName !== "SUMMARY" || PRESS.test(key);
  return target.closest("button, a") !== null && PRESS.test(key);
}
