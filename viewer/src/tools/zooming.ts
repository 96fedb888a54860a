/** Drag up or down changes the size of the picture. */
import { ZoomTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const zooming: PointerTool = {
  name: ZoomTool.toolName,
  id: "zooming",
  key: "z",
  kind: "view",
  tool: ZoomTool,
};
