/** Drag moves the picture. */
import { PanTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const panning: PointerTool = {
  name: PanTool.toolName,
  id: "panning",
  key: "p",
  kind: "view",
  tool: PanTool,
};
