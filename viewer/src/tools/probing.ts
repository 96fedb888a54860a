/** Hold shows the value under the pointer. */
import { DragProbeTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const probing: PointerTool = {
  name: DragProbeTool.toolName,
  id: "probing",
  key: "d",
  kind: "view",
  tool: DragProbeTool,
};
