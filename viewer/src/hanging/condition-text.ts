/** Conditions in words. */
import type { Say } from "../language/words";
import type { Condition, SeriesAttribute, StudyAttribute } from "./protocol";
import type { ATTRIBUTE_WORDS, WORDS } from "./words";

type Attribute = StudyAttribute | SeriesAttribute;

export function conditionText(
  { of, test, isNot = false }: Condition<Attribute>,
  say: Say<keyof typeof WORDS>,
  sayAttribute: Say<keyof typeof ATTRIBUTE_WORDS>,
): string {
  const name = sayAttribute(of);
  if ("is" in test) return say(isNot ? "is-not" : "is", { of: name, value: test.is.join(", ") });
  if ("like" in test) return say(isNot ? "not-like" : "like", { of: name, value: test.like.replaceAll("|", " | ") });
  if ("atLeast" in test) return say(isNot ? "not-at-least" : "at-least", { of: name, value: test.atLeast });
  return say(isNot ? "not-at-most" : "at-most", { of: name, value: test.atMost });
}
