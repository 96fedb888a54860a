/** Drag marks pixels of the chosen segment: all under the pointer, those in a range of values, or takes them away. */
import { BrushTool } from "@cornerstonejs/tools";
import { brushSettings } from "./brush-settings";
import type { PointerTool } from "./pointer-tool";

/** Cornerstone's brush without its keys: they belong to the page. */
class Brush extends BrushTool {
  static override toolName = "Brush";

  constructor(...given: ConstructorParameters<typeof BrushTool>) {
    super(...given);
    this.configuration.actions = {};
  }
}

class Eraser extends Brush {
  static override toolName = "Eraser";
}

class ThresholdBrush extends Brush {
  static override toolName = "ThresholdBrush";
}

export const brush: PointerTool = {
  name: Brush.toolName,
  id: "brush",
  key: "j",
  kind: "segment",
  tool: Brush,
  get configuration() {
    return { activeStrategy: "FILL_INSIDE_CIRCLE", ...brushSettings() };
  },
};

export const eraser: PointerTool = {
  name: Eraser.toolName,
  id: "eraser",
  key: "k",
  kind: "segment",
  tool: Eraser,
  get configuration() {
    return { activeStrategy: "ERASE_INSIDE_CIRCLE", ...brushSettings() };
  },
};

export const thresholdBrush: PointerTool = {
  name: ThresholdBrush.toolName,
  id: "threshold-brush",
  key: "u",
  kind: "segment",
  tool: ThresholdBrush,
  get configuration() {
    return { activeStrategy: "THRESHOLD_INSIDE_CIRCLE", ...brushSettings() };
  },
};
