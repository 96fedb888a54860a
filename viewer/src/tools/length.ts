/** Drag measures a distance in millimetres where the object gives a spacing. */
import { LengthTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";
import { sayInRegions } from "./region-text";

class Length extends LengthTool {
  static override toolName = LengthTool.toolName;

  constructor(...given: ConstructorParameters<typeof LengthTool>) {
    super(...given);
    sayInRegions(this, "Length");
  }
}

export const length: PointerTool = {
  name: Length.toolName,
  id: "length",
  key: "l",
  kind: "measure",
  tool: Length,
};
