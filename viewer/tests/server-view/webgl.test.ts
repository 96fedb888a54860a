import { expect, test } from "vitest";
import { canDraw } from "../../src/server-view/webgl";

const canvas = (context: unknown) => () => ({ getContext: () => context }) as unknown as HTMLCanvasElement;

test("without a context, with a lost one or with an error there is no WebGL", () => {
  expect(canDraw(canvas(null))).toBe(false);
  expect(canDraw(canvas({ isContextLost: () => true }))).toBe(false);
  expect(
    canDraw(() => {
      throw new Error("blocked");
    }),
  ).toBe(false);
});

test("a context that works is given back", () => {
  let isLost = false;
  const context = { isContextLost: () => false, getExtension: () => ({ loseContext: () => (isLost = true) }) };
  expect(canDraw(canvas(context))).toBe(true);
  expect(isLost).toBe(true);
});
