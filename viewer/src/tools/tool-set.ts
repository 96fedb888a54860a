/** The tools of the pointer, and which mouse button each one has. */
import { addTool, Enums, ToolGroupManager, type Types } from "@cornerstonejs/tools";
import { angle } from "./angle";
import { ellipse } from "./ellipse";
import { length } from "./length";
import { panning } from "./panning";
import type { PointerTool } from "./pointer-tool";
import { scrolling } from "./scrolling";
import { windowing } from "./windowing";
import { zooming } from "./zooming";

export const POINTER_TOOLS: readonly PointerTool[] = [windowing, panning, zooming, scrolling, length, angle, ellipse];
export const FIRST_TOOL = windowing;

const { MouseBindings } = Enums;
let isAdded = false;

/** Return a new group of tools for one viewport. */
export function createToolGroup(groupId: string): Types.IToolGroup {
  if (!isAdded) for (const { tool } of POINTER_TOOLS) addTool(tool);
  isAdded = true;
  const group = ToolGroupManager.createToolGroup(groupId);
  if (!group) throw new Error("The tools of this viewport exist already.");
  for (const { name } of POINTER_TOOLS) group.addTool(name);
  choose(group, FIRST_TOOL.name);
  return group;
}

/** Give the first button to a tool; the wheel scrolls, the middle button pans and the right button zooms as ever. */
export function choose(group: Types.IToolGroup, name: string): void {
  const always: readonly (readonly [string, number])[] = [
    [scrolling.name, MouseBindings.Wheel],
    [panning.name, MouseBindings.Auxiliary],
    [zooming.name, MouseBindings.Secondary],
  ];
  for (const tool of POINTER_TOOLS) {
    const buttons = always.filter(([usual]) => usual === tool.name).map(([, button]) => ({ mouseButton: button }));
    const bindings = tool.name === name ? [...buttons, { mouseButton: MouseBindings.Primary }] : buttons;
    group.setToolPassive(tool.name, { removeAllBindings: true });
    if (bindings.length > 0) group.setToolActive(tool.name, { bindings });
  }
}
