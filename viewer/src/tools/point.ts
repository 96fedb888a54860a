/** Click marks a point and its value. */
import { ProbeTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";
import { sayInRegions } from "./region-text";
import { fillValues } from "./value-of-image";

class PointTool extends ProbeTool {
  static override toolName = ProbeTool.toolName;

  constructor(...given: ConstructorParameters<typeof ProbeTool>) {
    super(...given);
    sayInRegions(this, "Probe");
  }

  override _calculateCachedStats(...given: Parameters<ProbeTool["_calculateCachedStats"]>) {
    const statistics = super._calculateCachedStats(...given);
    fillValues(statistics);
    return statistics;
  }
}

export const point: PointerTool = {
  name: PointTool.toolName,
  id: "point",
  key: ".",
  kind: "measure",
  tool: PointTool,
};
