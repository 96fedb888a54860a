/** The chosen tool in the hands of every viewport: viewports that work together share a group of tools. */
import { ToolGroupManager, type Types } from "@cornerstonejs/tools";
import { DISTANCE_3D, dropBegun } from "./distance-3d";
import { addTools, choose, FIRST_TOOL, fillGroup, type GroupKind } from "./tool-set";

let nDesks = 0;

export class ToolDesk {
  private readonly id: string;
  private readonly groups = new Map<string, { group: Types.IToolGroup; kind: GroupKind; viewports: Set<string> }>();
  private readonly colours = new Map<string, string>();
  private chosen = FIRST_TOOL.name;

  constructor() {
    nDesks += 1;
    this.id = `tools-${nDesks}`;
    addTools();
  }

  /** Hand the tools to a viewport. Planes of one frame of reference cross each other; `colour` is that of this one. */
  join(viewportId: string, engineId: string, kind: GroupKind, frameOfReferenceUid = "", colour = ""): void {
    this.leave(viewportId, engineId);
    this.colours.set(viewportId, colour);
    const name = kind === "plane" ? `${kind} ${frameOfReferenceUid}` : kind;
    const known = this.groups.get(name) ?? this.make(name, kind);
    known.group.addViewport(viewportId, engineId);
    known.viewports.add(viewportId);
    choose(known.group, kind, this.chosen);
  }

  leave(viewportId: string, engineId: string): void {
    for (const [name, { group, viewports }] of this.groups) {
      if (!viewports.delete(viewportId)) continue;
      group.removeViewports(engineId, viewportId);
      if (viewports.size > 0) continue;
      ToolGroupManager.destroyToolGroup(group.id);
      this.groups.delete(name);
    }
  }

  /** Give the first button of the pointer to a tool, in every viewport. */
  choose(name: string): void {
    this.chosen = name;
    if (name !== DISTANCE_3D) dropBegun();
    for (const { group, kind } of this.groups.values()) choose(group, kind, name);
  }

  destroy(): void {
    for (const { group } of this.groups.values()) ToolGroupManager.destroyToolGroup(group.id);
    this.groups.clear();
  }

  private make(name: string, kind: GroupKind) {
    const group = ToolGroupManager.createToolGroup(`${this.id} ${name}`);
    if (!group) throw new Error(`The tools of ${name} exist already.`);
    fillGroup(group, kind, (viewportId) => this.colours.get(viewportId) ?? "");
    const made = { group, kind, viewports: new Set<string>() };
    this.groups.set(name, made);
    return made;
  }
}
