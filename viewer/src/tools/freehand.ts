/** Draw a closed line; its area and values are measured. */
import { PlanarFreehandROITool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";
import { sayInRegions } from "./region-text";

class Freehand extends PlanarFreehandROITool {
  static override toolName = PlanarFreehandROITool.toolName;

  constructor(...given: ConstructorParameters<typeof PlanarFreehandROITool>) {
    super(...given);
    sayInRegions(this, "PlanarFreehandROI");
  }
}

export const freehand: PointerTool = {
  name: Freehand.toolName,
  id: "freehand",
  key: "f",
  kind: "measure",
  tool: Freehand,
  configuration: { allowOpenContours: false, calculateStats: true },
};
