/** Every key of the viewer, as a table: the page listens by it, the toolbar and the help print it. */

export type Command =
  | "next"
  | "previous"
  | "next-10"
  | "previous-10"
  | "first"
  | "last"
  | "cine"
  | "zoom-in"
  | "zoom-out"
  | "rotate"
  | "rotate-back"
  | "flip-horizontal"
  | "flip-vertical"
  | "invert"
  | "reset"
  | "delete-measurement"
  | "grid"
  | "maximise"
  | "leave"
  | "cell-right"
  | "cell-left"
  | "cell-down"
  | "cell-up"
  | "empty-cell"
  | "fill-grid"
  | "next-stage"
  | "previous-stage"
  | "next-protocol"
  | "previous-protocol"
  | "next-series"
  | "previous-series"
  | "stack"
  | "axial"
  | "coronal"
  | "sagittal"
  | "multiplanar"
  | "solid"
  | "fusion"
  | "server-view"
  | "projection"
  | "thinner"
  | "thicker"
  | "turn-left"
  | "turn-right"
  | "tilt-back"
  | "tilt-forward"
  | "link-scroll"
  | "link-window"
  | "link-zoom"
  | "reference-lines"
  | "overlays"
  | "patient"
  | "provenance"
  | "help";

export type CommandGroup = "image" | "picture" | "layout" | "volume" | "links" | "panels";

export interface KeyBinding {
  /** Values of KeyboardEvent.key. */
  keys: readonly string[];
  command: Command;
  group: CommandGroup;
  /** True when the key is meant together with Shift; letters say it by their case. */
  hasShift?: true;
}

export const KEY_BINDINGS: readonly KeyBinding[] = [
  { keys: ["ArrowDown", "ArrowRight"], command: "next", group: "image" },
  { keys: ["ArrowUp", "ArrowLeft"], command: "previous", group: "image" },
  { keys: ["PageDown"], command: "next-10", group: "image" },
  { keys: ["PageUp"], command: "previous-10", group: "image" },
  { keys: ["Home"], command: "first", group: "image" },
  { keys: ["End"], command: "last", group: "image" },
  { keys: [" "], command: "cine", group: "image" },
  { keys: ["+", "="], command: "zoom-in", group: "picture" },
  { keys: ["-"], command: "zoom-out", group: "picture" },
  { keys: ["r"], command: "rotate", group: "picture" },
  { keys: ["R"], command: "rotate-back", group: "picture" },
  { keys: ["h"], command: "flip-horizontal", group: "picture" },
  { keys: ["v"], command: "flip-vertical", group: "picture" },
  { keys: ["i"], command: "invert", group: "picture" },
  { keys: ["0"], command: "reset", group: "picture" },
  { keys: ["Delete"], command: "delete-measurement", group: "picture" },
  { keys: ["G"], command: "grid", group: "layout" },
  { keys: ["Enter"], command: "maximise", group: "layout" },
  { keys: ["Escape"], command: "leave", group: "layout" },
  { keys: ["ArrowRight"], command: "cell-right", group: "layout", hasShift: true },
  { keys: ["ArrowLeft"], command: "cell-left", group: "layout", hasShift: true },
  { keys: ["ArrowDown"], command: "cell-down", group: "layout", hasShift: true },
  { keys: ["ArrowUp"], command: "cell-up", group: "layout", hasShift: true },
  { keys: ["]"], command: "next-series", group: "layout" },
  { keys: ["["], command: "previous-series", group: "layout" },
  { keys: ["N"], command: "next-stage", group: "layout" },
  { keys: ["U"], command: "previous-stage", group: "layout" },
  { keys: ["H"], command: "next-protocol", group: "layout" },
  { keys: ["J"], command: "previous-protocol", group: "layout" },
  { keys: ["B"], command: "fill-grid", group: "layout" },
  { keys: ["Backspace"], command: "empty-cell", group: "layout" },
  { keys: ["S"], command: "stack", group: "volume" },
  { keys: ["A"], command: "axial", group: "volume" },
  { keys: ["C"], command: "coronal", group: "volume" },
  { keys: ["T"], command: "sagittal", group: "volume" },
  { keys: ["M"], command: "multiplanar", group: "volume" },
  { keys: ["V"], command: "solid", group: "volume" },
  { keys: ["F"], command: "fusion", group: "volume" },
  { keys: ["E"], command: "server-view", group: "volume" },
  { keys: ["P"], command: "projection", group: "volume" },
  { keys: ["("], command: "turn-left", group: "volume" },
  { keys: [")"], command: "turn-right", group: "volume" },
  { keys: [";"], command: "tilt-back", group: "volume" },
  { keys: [":"], command: "tilt-forward", group: "volume" },
  { keys: ["<"], command: "thinner", group: "volume" },
  { keys: [">"], command: "thicker", group: "volume" },
  { keys: ["L"], command: "link-scroll", group: "links" },
  { keys: ["Y"], command: "link-window", group: "links" },
  { keys: ["Z"], command: "link-zoom", group: "links" },
  { keys: ["X"], command: "reference-lines", group: "links" },
  { keys: ["o"], command: "overlays", group: "panels" },
  { keys: ["O"], command: "patient", group: "panels" },
  { keys: ["m"], command: "provenance", group: "panels" },
  { keys: ["?"], command: "help", group: "panels" },
];

/** Keys that the panels beside the picture listen to themselves. */
export const PANEL_KEYS = [
  { keys: ["Ctrl+Z"], does: "undo" },
  { keys: ["Ctrl+Y", "Ctrl+Shift+Z"], does: "redo" },
  { keys: ["Ctrl+S"], does: "save" },
  { keys: ["K"], does: "key-image" },
] as const;

/** Return what a key asks for. Shift matters only for keys that have no other case. */
export function commandFor(key: string, hasShift = false): Command | undefined {
  const found = KEY_BINDINGS.filter(({ keys }) => keys.includes(key));
  return (found.find((binding) => (binding.hasShift ?? false) === hasShift) ?? found.find((one) => !one.hasShift))
    ?.command;
}

/** Return the first key of a command as people read it. */
export function keyOf(command: Command): string {
  const binding = KEY_BINDINGS.find((one) => one.command === command);
  return binding?.keys[0] ? keyName(binding.keys[0], binding.hasShift) : "";
}

const NAMES: Readonly<Record<string, string>> = {
  " ": "Space",
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Backspace: "⌫",
  Delete: "Del",
  Escape: "Esc",
};

/** Return a key as it is printed: letters as on the keyboard, with an arrow up where Shift is held. */
export function keyName(key: string, hasShift = false): string {
  const isUpper = /^\p{Lu}$/u.test(key);
  const name = NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  return isUpper || hasShift ? `⇧${name}` : name;
}
