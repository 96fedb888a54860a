import { expect, test } from "vitest";
import { rangeOf } from "../../src/tools/window";
import { presentedAs } from "../../src/viewport/presented";
import type { View } from "../../src/viewport/View";

const VIEW: View = {
  index: 3,
  nImages: 9,
  range: { lower: -160, upper: 240 },
  isInverted: true,
  zoom: 1,
  pan_px: [0, 0],
  rotation_deg: 90,
  isFlippedHorizontally: false,
  isFlippedVertically: true,
  isColour: false,
  right_mm: [1, 0, 0],
  down_mm: [0, 1, 0],
  assumedSpacing_mm: 1,
  plane: undefined,
};

test("what is seen comes back from its settings", () => {
  const settings = presentedAs(VIEW);
  expect(settings).toMatchObject({ isInverted: true, rotation_deg: 90, isFlippedVertically: true });
  expect(settings.window && rangeOf(settings.window, true)).toEqual(VIEW.range);
});

test("a picture in colour has no window", () => {
  expect(presentedAs({ ...VIEW, isColour: true })).not.toHaveProperty("window");
});
