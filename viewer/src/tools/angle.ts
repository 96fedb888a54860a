/** Three points measure an angle in degrees. */
import { AngleTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const angle: PointerTool = {
  name: AngleTool.toolName,
  label: "Angle",
  key: "a",
  hint: "Three points measure an angle in degrees.",
  tool: AngleTool,
};
