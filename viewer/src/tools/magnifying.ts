/** Hold shows the place under the pointer larger. */
import { MagnifyTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const magnifying: PointerTool = {
  name: MagnifyTool.toolName,
  id: "magnifying",
  key: "g",
  kind: "view",
  tool: MagnifyTool,
  configuration: { magnifySize: 6, magnifyWidth: 220, magnifyHeight: 220 },
};
