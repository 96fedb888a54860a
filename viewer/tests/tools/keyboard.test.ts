import { expect, test } from "vitest";
import { commandFor, KEY_BINDINGS, keyName, keyOf } from "../../src/tools/keyboard";
import { POINTER_TOOLS } from "../../src/tools/tool-set";

test("keys find their commands", () => {
  expect(commandFor("i")).toBe("invert");
  expect(commandFor("R", true)).toBe("rotate-back");
  expect(commandFor(" ")).toBe("cine");
  expect(commandFor("§")).toBeUndefined();
});

test("with Shift an arrow goes to another cell, without it to another image", () => {
  expect(commandFor("ArrowRight")).toBe("next");
  expect(commandFor("ArrowRight", true)).toBe("cell-right");
});

test("a sign that a keyboard has only with Shift is found", () => {
  expect(commandFor("?", true)).toBe("help");
  expect(commandFor("+", true)).toBe("zoom-in");
});

test("no key has two meanings, be it of a command or of a tool", () => {
  const commands = KEY_BINDINGS.flatMap(({ keys, hasShift }) => keys.map((key) => `${hasShift ? "shift " : ""}${key}`));
  const keys = [...commands, ...POINTER_TOOLS.map(({ key }) => key)];
  expect(new Set(keys).size).toBe(keys.length);
});

test("each command has one line", () => {
  const commands = KEY_BINDINGS.map(({ command }) => command);
  expect(new Set(commands).size).toBe(commands.length);
});

test("keys are printed as on the keyboard", () => {
  expect(keyName("r")).toBe("R");
  expect(keyName("R")).toBe("⇧R");
  expect(keyOf("cine")).toBe("Space");
  expect(keyOf("cell-down")).toBe("⇧↓");
});
