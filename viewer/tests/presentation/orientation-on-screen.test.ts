import { expect, test } from "vitest";
import { orientationOnScreen, type ScreenVector } from "../../src/presentation/orientation-on-screen";

/** Turn clockwise as seen on the screen (y runs down), then flip left and right. */
function shown([x, y]: ScreenVector, rotation_deg: number, isFlipped: boolean): ScreenVector {
  const angle = (rotation_deg * Math.PI) / 180;
  const [turnedX, turnedY] = [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
  return [isFlipped ? -turnedX : turnedX, turnedY];
}

for (const isFlipped of [false, true]) {
  test.each([0, 90, 180, 270])(`a turn of %d degrees is told${isFlipped ? ", flipped" : ""}`, (rotation_deg) => {
    const [alongRow, alongColumn] = [shown([1, 0], rotation_deg, isFlipped), shown([0, 1], rotation_deg, isFlipped)];
    expect(orientationOnScreen(alongRow, alongColumn)).toEqual({ rotation_deg, isFlipped });
  });
}
