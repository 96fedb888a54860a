/** The tools of the pointer, and what Cornerstone must know of them once. */
import { addTool, annotation, Enums, TrackballRotateTool, type Types } from "@cornerstonejs/tools";
import { angle } from "./angle";
import { arrow } from "./arrow";
import { bidirectional } from "./bidirectional";
import { brush, eraser, thresholdBrush } from "./brush";
import { cobb } from "./cobb";
import { crosshairs } from "./crosshairs";
import { distance3d } from "./distance-3d";
import { ellipse } from "./ellipse";
import { freehand } from "./freehand";
import { growing } from "./growing";
import { length } from "./length";
import { magnifying } from "./magnifying";
import { panning } from "./panning";
import { point } from "./point";
import type { PointerTool } from "./pointer-tool";
import { probing } from "./probing";
import { rectangle } from "./rectangle";
import { regionWindowing } from "./region-windowing";
import { rotating } from "./rotating";
import { scrolling } from "./scrolling";
import { windowing } from "./windowing";
import { zooming } from "./zooming";

export const POINTER_TOOLS: readonly PointerTool[] = [
  windowing,
  regionWindowing,
  panning,
  zooming,
  scrolling,
  rotating,
  magnifying,
  probing,
  crosshairs,
  length,
  distance3d,
  bidirectional,
  angle,
  cobb,
  ellipse,
  rectangle,
  freehand,
  point,
  arrow,
  brush,
  eraser,
  thresholdBrush,
  growing,
];
export const FIRST_TOOL = windowing;
export const CROSSHAIRS = crosshairs;

const { MouseBindings } = Enums;
type Binding = { mouseButton: number } | { numTouchPoints: number };
/** What more than one finger does, whichever tool the first finger has: two zoom and pan, three scroll. */
const FINGERS: readonly (readonly [string, number])[] = [
  [zooming.name, 2],
  [scrolling.name, 3],
];
/** What a solid is turned with. */
const TURNING = TrackballRotateTool.toolName;
/** Tools that also work on a solid. */
const FOR_SOLIDS = new Set([panning.name, zooming.name]);
let isAdded = false;

/** Make the tools known to Cornerstone, and draw what they measure in the colour of the room. */
export function addTools(): void {
  if (isAdded) return;
  for (const { tool } of POINTER_TOOLS) addTool(tool);
  addTool(TrackballRotateTool);
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

/** What a group of viewports shows decides which tools it has. */
export type GroupKind = "stack" | "plane" | "solid";

/** Put the tools into a group. `colourOf` gives the colour of a viewport's plane where others cross it. */
export function fillGroup(group: Types.IToolGroup, kind: GroupKind, colourOf: (viewportId: string) => string): void {
  if (kind === "solid") group.addTool(TURNING);
  for (const tool of POINTER_TOOLS) {
    if (kind === "solid" && !FOR_SOLIDS.has(tool.name)) continue;
    if (tool === crosshairs) {
      if (kind === "plane") group.addTool(tool.name, { getReferenceLineColor: colourOf });
    } else group.addTool(tool.name, tool.configuration);
  }
}

/** Give the first button to a tool; the wheel scrolls, the middle button pans and the right button zooms as ever. */
export function choose(group: Types.IToolGroup, kind: GroupKind, name: string): void {
  if (kind === "solid") chooseForSolid(group, name);
  else chooseForImages(group, name);
}

function chooseForImages(group: Types.IToolGroup, name: string): void {
  const always: readonly (readonly [string, number])[] = [
    [scrolling.name, MouseBindings.Wheel],
    [panning.name, MouseBindings.Auxiliary],
    [zooming.name, MouseBindings.Secondary],
  ];
  // Where a tool cannot work, the usual one takes its button.
  const chosen = group.hasTool(name) ? name : windowing.name;
  for (const tool of POINTER_TOOLS.filter((one) => group.hasTool(one.name))) {
    const buttons: Binding[] = always
      .filter(([usual]) => usual === tool.name)
      .map(([, button]) => ({ mouseButton: button }));
    const fingers = FINGERS.filter(([usual]) => usual === tool.name).map(([, n]) => ({ numTouchPoints: n }));
    const first = tool.name === chosen ? [{ mouseButton: MouseBindings.Primary }, { numTouchPoints: 1 }] : [];
    const bindings = [...buttons, ...fingers, ...first];
    if (bindings.length > 0) {
      group.setToolPassive(tool.name, { removeAllBindings: true });
      group.setToolActive(tool.name, { bindings });
    } else if (tool === crosshairs) group.setToolDisabled(tool.name);
    else group.setToolPassive(tool.name, { removeAllBindings: true });
  }
}

function chooseForSolid(group: Types.IToolGroup, name: string): void {
  const first = FOR_SOLIDS.has(name) ? name : TURNING;
  const bindings = (tool: string, button: number) => [
    ...(tool === first ? [{ mouseButton: MouseBindings.Primary }, { numTouchPoints: 1 }] : []),
    ...(tool === zooming.name ? [{ numTouchPoints: 2 }] : []),
    { mouseButton: button },
  ];
  for (const tool of [TURNING, ...FOR_SOLIDS]) group.setToolPassive(tool, { removeAllBindings: true });
  const primary = [{ mouseButton: MouseBindings.Primary }, { numTouchPoints: 1 }];
  if (first === TURNING) group.setToolActive(TURNING, { bindings: primary });
  group.setToolActive(panning.name, { bindings: bindings(panning.name, MouseBindings.Auxiliary) });
  group.setToolActive(zooming.name, { bindings: bindings(zooming.name, MouseBindings.Secondary) });
}
