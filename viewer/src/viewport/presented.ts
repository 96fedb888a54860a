/** How a picture is shown at the moment, as the settings that would show it so again. */
import type { Settings } from "../layout/layout";
import { windowOf } from "../tools/window";
import type { View } from "./View";

export function presentedAs(view: View): Settings {
  const { range, isInverted, rotation_deg, isFlippedHorizontally, isFlippedVertically } = view;
  return {
    ...(range && !view.isColour && { window: windowOf(range, true) }),
    isInverted,
    rotation_deg,
    isFlippedHorizontally,
    isFlippedVertically,
  };
}
