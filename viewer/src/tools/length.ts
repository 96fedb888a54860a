/** Drag measures a distance in millimetres where the object gives a spacing. */
import { LengthTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";

export const length: PointerTool = {
  name: LengthTool.toolName,
  id: "length",
  key: "l",
  kind: "measure",
  tool: LengthTool,
};
