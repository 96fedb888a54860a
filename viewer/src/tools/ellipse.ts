/** Drag marks an ellipse and shows mean and standard deviation inside. */
import { EllipticalROITool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const ellipse: PointerTool = {
  name: EllipticalROITool.toolName,
  label: "Ellipse",
  key: "e",
  hint: "Drag marks an ellipse and shows mean and standard deviation inside.",
  tool: EllipticalROITool,
};
