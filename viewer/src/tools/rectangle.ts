/** Drag marks a rectangle and shows mean and standard deviation inside. */
import { RectangleROITool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const rectangle: PointerTool = {
  name: RectangleROITool.toolName,
  id: "rectangle",
  key: "q",
  kind: "measure",
  tool: RectangleROITool,
};
