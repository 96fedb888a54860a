/** Listens to the keyboard by the table in `tools/keyboard`, except where someone is typing. */
import { useEffect, useRef } from "react";
import { isForElement } from "../tools/for-element";
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
