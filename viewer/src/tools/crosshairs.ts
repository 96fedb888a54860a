/** Drag moves, turns and thickens the planes of a volume through each other. */
import { CrosshairsTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const crosshairs: PointerTool = {
  name: CrosshairsTool.toolName,
  id: "crosshairs",
  key: "x",
  kind: "view",
  tool: CrosshairsTool,
};
