/** Drag changes brightness and contrast. */
import { WindowLevelTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const windowing: PointerTool = {
  name: WindowLevelTool.toolName,
  label: "Window",
  key: "w",
  hint: "Drag changes brightness and contrast.",
  tool: WindowLevelTool,
};
