/** Drag up or down moves through the series. */
import { StackScrollTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const scrolling: PointerTool = {
  name: StackScrollTool.toolName,
  id: "scrolling",
  key: "s",
  kind: "view",
  tool: StackScrollTool,
};
