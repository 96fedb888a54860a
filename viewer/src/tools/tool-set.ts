/** The tools of the pointer, and which mouse button each one has. */
import { addTool, annotation, Enums, ToolGroupManager, type Types } from "@cornerstonejs/tools";
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
  if (!isAdded) prepare();
  const group = ToolGroupManager.createToolGroup(groupId);
  if (!group) throw new Error("The tools of this viewport exist already.");
  for (const { name } of POINTER_TOOLS) group.addTool(name);
  choose(group, FIRST_TOOL.name);
  return group;
}

/** Make the tools known to Cornerstone, and draw what they measure in the colour of the room. */
function prepare(): void {
  for (const { tool } of POINTER_TOOLS) addTool(tool);
  const { style } = annotation.config;
  const usual = style.getDefaultToolStyles();
  const [line, light] = ["rgb(242, 180, 92)", "rgb(255, 221, 165)"];
  const text = { textBoxColor: line, textBoxColorHighlighted: light, textBoxColorSelected: light };
  style.setDefaultToolStyles({
    ...usual,
    global: { ...usual.global, ...text, color: line, colorHighlighted: light, colorSelected: light, lineWidth: "1.5" },
  });
  isAdded = true;
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
