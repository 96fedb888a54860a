/** What commands do to a picture, and to the layout. */
import { annotation } from "@cornerstonejs/tools";
import {
  activeCell,
  type Cell,
  carriedSettings,
  type Layout,
  multiplanar,
  type Plane,
  toggledMaximised,
  withCell,
  withLinks,
  withNeighbourActive,
  withSettings,
} from "../layout/layout";
import type { Command } from "../tools/keyboard";
import { nextSlab, resized } from "../volume/slab";
import type { ViewportController } from "./ViewportController";

/** How far one press turns a plane out of itself. */
const TILT_DEG = 5;

/** Do to the picture what a command says; false when it says nothing about a picture. */
export function steer(controller: ViewportController, command: Command): boolean {
  const { index, nImages } = controller;
  const targets: Partial<Record<Command, number>> = {
    next: index + 1,
    previous: index - 1,
    "next-10": index + 10,
    "previous-10": index - 10,
    first: 0,
    last: nImages - 1,
  };
  const target = targets[command];
  if (target !== undefined) void controller.goTo(target);
  const acts: Partial<Record<Command, () => void>> = {
    "zoom-in": () => controller.zoomBy(1.25),
    "zoom-out": () => controller.zoomBy(0.8),
    rotate: () => controller.rotate(90),
    "rotate-back": () => controller.rotate(-90),
    "flip-horizontal": () => controller.flip("horizontal"),
    "flip-vertical": () => controller.flip("vertical"),
    invert: () => controller.invert(),
    reset: () => controller.reset(),
    "turn-left": () => controller.tilt("upright", -TILT_DEG),
    "turn-right": () => controller.tilt("upright", TILT_DEG),
    "tilt-back": () => controller.tilt("level", -TILT_DEG),
    "tilt-forward": () => controller.tilt("level", TILT_DEG),
    "delete-measurement": () => deleteChosenMeasurements(controller),
  };
  acts[command]?.();
  return target !== undefined || acts[command] !== undefined;
}

/** Return the layout after a command, or undefined when it says nothing about the layout. */
export function rearranged(layout: Layout, command: Command): Layout | undefined {
  const { active, links } = layout;
  const cell = activeCell(layout);
  const seen = (change: (cell: Cell) => Cell) => cell && withCell(layout, active, change(cell));
  const plane = (name: Plane) =>
    seen((known) => ({ ...known, kind: "plane", settings: { ...carriedSettings(known.settings), plane: name } }));
  const slab = cell?.kind === "plane" ? cell.settings.slab : undefined;
  const thickness = (step: 1 | -1) => slab && withSettings(layout, active, { slab: resized(slab, step) });
  const acts: Partial<Record<Command, () => Layout | null | undefined>> = {
    maximise: () => toggledMaximised(layout),
    leave: () => (layout.isMaximised ? toggledMaximised(layout) : layout),
    "cell-right": () => withNeighbourActive(layout, 0, 1),
    "cell-left": () => withNeighbourActive(layout, 0, -1),
    "cell-down": () => withNeighbourActive(layout, 1, 0),
    "cell-up": () => withNeighbourActive(layout, -1, 0),
    "empty-cell": () => withCell(layout, active, null),
    stack: () => seen((known) => ({ ...known, kind: "stack", settings: carriedSettings(known.settings) })),
    axial: () => plane("axial"),
    coronal: () => plane("coronal"),
    sagittal: () => plane("sagittal"),
    multiplanar: () => cell && multiplanar(layout, cell.studyUid, cell.seriesUid),
    "server-view": () =>
      seen((known) => ({
        ...known,
        settings: { ...known.settings, drawnBy: known.settings.drawnBy === "server" ? "here" : "server" },
      })),
    solid: () => seen((known) => ({ ...known, kind: "solid", settings: {} })),
    projection: () =>
      cell?.kind === "plane"
        ? withSettings(layout, active, { slab: nextSlab(cell.settings.slab) } as Cell["settings"])
        : undefined,
    thinner: () => thickness(-1),
    thicker: () => thickness(1),
    "link-scroll": () => withLinks(layout, { scroll: !links.scroll }),
    "link-window": () => withLinks(layout, { window: !links.window }),
    "link-zoom": () => withLinks(layout, { zoom: !links.zoom }),
  };
  const act = acts[command];
  return act ? (act() ?? layout) : undefined;
}

function deleteChosenMeasurements(controller: ViewportController): void {
  for (const uid of annotation.selection.getAnnotationsSelected()) annotation.state.removeAnnotation(uid);
  controller.render();
}
