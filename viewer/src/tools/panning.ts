/** Drag moves the picture. */
import { PanTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const panning: PointerTool = {
  name: PanTool.toolName,
  label: "Pan",
  key: "p",
  hint: "Drag moves the picture.",
  tool: PanTool,
};
