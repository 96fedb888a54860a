/** Drag measures the longest and the shortest diameter. */
import { BidirectionalTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const bidirectional: PointerTool = {
  name: BidirectionalTool.toolName,
  id: "bidirectional",
  key: "b",
  kind: "measure",
  tool: BidirectionalTool,
};
