/** Names of protocols and stages in the language of the moment. */
import { useWords } from "../language/words";
import { BUILT_IN_WORDS, isBuiltInName } from "./built-in/words";
import type { Origin } from "./protocol";

/** Return what says a name: those of built-in protocols are translated, those that people gave are not. */
export function useNames(): (name: string, origin: Origin) => string {
  const say = useWords(BUILT_IN_WORDS);
  return (name, origin) => (origin === "built-in" && isBuiltInName(name) ? say(name) : name);
}
