/** Drag marks a region; its values become the window. */
import { WindowLevelRegionTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const regionWindowing: PointerTool = {
  name: WindowLevelRegionTool.toolName,
  id: "region-windowing",
  key: "W",
  kind: "view",
  tool: WindowLevelRegionTool,
};
