import { expect, test } from "vitest";
import { commandFor, KEY_BINDINGS, keyName } from "../../src/tools/keyboard";

test("no key does two things", () => {
  const keys = KEY_BINDINGS.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

test("digits below ten and the letters of tools are free for presets and tools", () => {
  for (const key of [..."123456789wpzslae"]) expect(commandFor(key)).toBeUndefined();
});

test("keys find their commands", () => {
  expect(commandFor("PageDown")).toBe("next-10");
  expect(commandFor(" ")).toBe("cine");
  expect(commandFor("F5")).toBeUndefined();
});

test("keys have names that people read", () => {
  expect([" ", "ArrowUp", "r", "R"].map(keyName)).toEqual(["Space", "↑", "R", "Shift R"]);
});
