import { expect, test } from "vitest";
import { BUILT_IN } from "../../src/hanging/built-in";
import { isBuiltInName } from "../../src/hanging/built-in/words";

test("every built-in protocol and stage has a name in every language", () => {
  const names = BUILT_IN.flatMap(({ protocol }) => [protocol.name, ...protocol.stages.map(({ name }) => name)]);
  expect(names.filter((name) => !isBuiltInName(name))).toEqual([]);
});
