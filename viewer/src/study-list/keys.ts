/** The keys of the work list, as a table: the page listens by it and the help prints it. */
import type { WORDS } from "./words";

export type Command =
  | "search"
  | "help"
  | "toggle-read"
  | "next-unread"
  | "clear"
  | "state-1"
  | "state-2"
  | "state-3"
  | "state-4";

interface WorkListKey {
  keys: readonly string[];
  word: keyof typeof WORDS;
  /** Commands by value of KeyboardEvent.key; keys without one are the grid's own. */
  commands?: Readonly<Record<string, Command>>;
}

export const WORK_LIST_KEYS: readonly WorkListKey[] = [
  { keys: ["/"], word: "keySearch", commands: { "/": "search" } },
  { keys: ["↑", "↓"], word: "keyMove" },
  { keys: ["PageUp", "PageDown"], word: "keyPage" },
  { keys: ["Home", "End"], word: "keyEnds" },
  { keys: ["Enter"], word: "keyOpen" },
  { keys: ["R"], word: "keyRead", commands: { r: "toggle-read" } },
  { keys: ["N"], word: "keyNextUnread", commands: { n: "next-unread" } },
  {
    keys: ["1", "2", "3", "4"],
    word: "keyStates",
    commands: { "1": "state-1", "2": "state-2", "3": "state-3", "4": "state-4" },
  },
  { keys: ["Esc"], word: "keyEscape", commands: { Escape: "clear" } },
  { keys: ["?"], word: "keyHelp", commands: { "?": "help" } },
];

/** Return what a key does outside of fields, undefined if nothing. */
export function commandOf(key: string): Command | undefined {
  const name = key.length === 1 ? key.toLowerCase() : key;
  return WORK_LIST_KEYS.map(({ commands }) => commands?.[name]).find((command) => command !== undefined);
}
