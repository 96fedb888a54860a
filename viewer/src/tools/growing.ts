/** Click asks for what hangs together with a place and has values in the range; whoever segments answers. */
import { BaseTool } from "@cornerstonejs/tools";
import type { Vector } from "../overlays/vectors";
import type { PointerTool } from "./pointer-tool";

type Listener = (point_mm: Vector, element: HTMLDivElement) => void;
const listeners = new Set<Listener>();

export function onGrow(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

class Growing extends BaseTool {
  static override toolName = "Growing";

  constructor(given = {}, usual = { supportedInteractionTypes: ["Mouse", "Touch"], configuration: {} }) {
    super(given, usual);
  }

  preMouseDownCallback = (event: CustomEvent): boolean => {
    const { currentPoints, element } = event.detail as {
      currentPoints: { world: [number, number, number] };
      element: HTMLDivElement;
    };
    for (const listener of listeners) listener([...currentPoints.world], element);
    return true;
  };
}

export const growing: PointerTool = {
  name: Growing.toolName,
  id: "growing",
  key: "y",
  kind: "segment",
  tool: Growing,
};
