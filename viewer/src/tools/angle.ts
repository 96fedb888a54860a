/** Three points measure an angle in degrees. */
import { AngleTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const angle: PointerTool = {
  name: AngleTool.toolName,
  id: "angle",
  key: "a",
  kind: "measure",
  tool: AngleTool,
};
