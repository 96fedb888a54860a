/** What every tool of the pointer says about itself. */
export interface PointerTool {
  /** Name by which Cornerstone knows the tool. */
  name: string;
  label: string;
  key: string;
  hint: string;
  /** The tool's class, given to Cornerstone once. */
  tool: unknown;
}
