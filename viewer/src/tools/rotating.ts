/** Drag turns the picture in its plane. */
import { PlanarRotateTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const rotating: PointerTool = {
  name: PlanarRotateTool.toolName,
  id: "rotating",
  key: "t",
  kind: "view",
  tool: PlanarRotateTool,
};
