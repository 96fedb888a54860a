/** Drag changes brightness and contrast. */
import { WindowLevelTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const windowing: PointerTool = {
  name: WindowLevelTool.toolName,
  id: "windowing",
  key: "w",
  kind: "view",
  tool: WindowLevelTool,
};
