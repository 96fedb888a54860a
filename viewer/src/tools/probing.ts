/** Hold shows the value under the pointer. */
import { DragProbeTool } from "@cornerstonejs/tools";
import type { PointerTool } from "./pointer-tool";
import { fillValues } from "./value-of-image";

class ReadingProbe extends DragProbeTool {
  static override toolName = DragProbeTool.toolName;

  override _calculateCachedStats(...given: Parameters<DragProbeTool["_calculateCachedStats"]>) {
    const statistics = super._calculateCachedStats(...given);
    fillValues(statistics);
    return statistics;
  }
}

export const probing: PointerTool = {
  name: ReadingProbe.toolName,
  id: "probing",
  key: "d",
  kind: "view",
  tool: ReadingProbe,
};
