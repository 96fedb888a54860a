/** Draw a closed line; its area and values are measured. */
import { PlanarFreehandROITool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const freehand: PointerTool = {
  name: PlanarFreehandROITool.toolName,
  id: "freehand",
  key: "f",
  kind: "measure",
  tool: PlanarFreehandROITool,
  configuration: { allowOpenContours: false, calculateStats: true },
};
