/** Drag marks an ellipse and shows mean and standard deviation inside. */
import { EllipticalROITool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const ellipse: PointerTool = {
  name: EllipticalROITool.toolName,
  id: "ellipse",
  key: "e",
  kind: "measure",
  tool: EllipticalROITool,
};
