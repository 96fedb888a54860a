/** What every tool of the pointer says about itself. */
export interface PointerTool {
  /** Name by which Cornerstone knows the tool. */
  name: string;
  /** Name by which `words` speaks of it. */
  id: ToolId;
  key: string;
  kind: "view" | "measure" | "segment";
  /** The tool's class, given to Cornerstone once. */
  tool: unknown;
  readonly configuration?: Readonly<Record<string, unknown>>;
}

export type ToolId =
  | "windowing"
  | "region-windowing"
  | "panning"
  | "zooming"
  | "scrolling"
  | "rotating"
  | "magnifying"
  | "probing"
  | "crosshairs"
  | "length"
  | "distance-3d"
  | "bidirectional"
  | "angle"
  | "cobb"
  | "ellipse"
  | "rectangle"
  | "freehand"
  | "point"
  | "arrow"
  | "brush"
  | "eraser"
  | "threshold-brush"
  | "growing";
