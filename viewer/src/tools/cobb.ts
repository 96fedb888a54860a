/** Two lines measure the Cobb angle between them. */
import { CobbAngleTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const cobb: PointerTool = {
  name: CobbAngleTool.toolName,
  id: "cobb",
  key: "c",
  kind: "measure",
  tool: CobbAngleTool,
};
