/** Click marks a point and its value. */
import { ProbeTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const point: PointerTool = {
  name: ProbeTool.toolName,
  id: "point",
  key: ".",
  kind: "measure",
  tool: ProbeTool,
};
