/** Every key of the viewer, as a table: the page listens by it and the help prints it. */

export type Command =
  | "next"
  | "previous"
  | "next-10"
  | "previous-10"
  | "first"
  | "last"
  | "next-series"
  | "previous-series"
  | "zoom-in"
  | "zoom-out"
  | "rotate"
  | "rotate-back"
  | "flip-horizontal"
  | "flip-vertical"
  | "invert"
  | "reset"
  | "cine"
  | "overlays"
  | "provenance"
  | "help"
  | "delete-measurements";

export interface KeyBinding {
  /** Values of KeyboardEvent.key. */
  keys: readonly string[];
  label: string;
  command: Command;
}

export const KEY_BINDINGS: readonly KeyBinding[] = [
  { keys: ["ArrowDown", "ArrowRight"], label: "Next image", command: "next" },
  { keys: ["ArrowUp", "ArrowLeft"], label: "Previous image", command: "previous" },
  { keys: ["PageDown"], label: "Ten images on", command: "next-10" },
  { keys: ["PageUp"], label: "Ten images back", command: "previous-10" },
  { keys: ["Home"], label: "First image", command: "first" },
  { keys: ["End"], label: "Last image", command: "last" },
  { keys: ["]"], label: "Next series", command: "next-series" },
  { keys: ["["], label: "Previous series", command: "previous-series" },
  { keys: [" "], label: "Play or pause", command: "cine" },
  { keys: ["+", "="], label: "Larger", command: "zoom-in" },
  { keys: ["-"], label: "Smaller", command: "zoom-out" },
  { keys: ["r"], label: "Turn a quarter clockwise", command: "rotate" },
  { keys: ["R"], label: "Turn a quarter back", command: "rotate-back" },
  { keys: ["h"], label: "Flip left and right", command: "flip-horizontal" },
  { keys: ["v"], label: "Flip top and bottom", command: "flip-vertical" },
  { keys: ["i"], label: "Invert", command: "invert" },
  { keys: ["0", "Escape"], label: "Reset the view", command: "reset" },
  { keys: ["o"], label: "Overlays on or off", command: "overlays" },
  { keys: ["m"], label: "How it was made", command: "provenance" },
  { keys: ["Delete"], label: "Remove all measurements", command: "delete-measurements" },
  { keys: ["?"], label: "This help", command: "help" },
];

export function commandFor(key: string): Command | undefined {
  return KEY_BINDINGS.find((binding) => binding.keys.includes(key))?.command;
}

const NAMES: Readonly<Record<string, string>> = {
  " ": "Space",
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  R: "Shift R",
};

export function keyName(key: string): string {
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
