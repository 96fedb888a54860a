/** Drag up or down changes the size of the picture. */
import { ZoomTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const zooming: PointerTool = {
  name: ZoomTool.toolName,
  label: "Zoom",
  key: "z",
  hint: "Drag up or down changes the size of the picture.",
  tool: ZoomTool,
};
