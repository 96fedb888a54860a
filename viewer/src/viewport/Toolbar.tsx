/** Layout, tools, windows and views of the active cell, each with its key. */
import type { ReactNode } from "react";
import { useWords } from "../language/words";
import type { Layout } from "../layout/layout";
import { activeCell } from "../layout/layout";
import type { OverlayChoice } from "../overlays/choice";
import { Icon } from "../tools/icons";
import { type Command, keyName, keyOf } from "../tools/keyboard";
import type { PointerTool } from "../tools/pointer-tool";
import { POINTER_TOOLS } from "../tools/tool-set";
import type { WindowPreset } from "../tools/window-presets";
import { COMMAND_WORDS, HINT_WORDS, PRESET_WORDS, TOOL_WORDS } from "../tools/words";
import { OverlayMenu } from "./OverlayMenu";
import { WORDS } from "./words";

interface ToolbarProps {
  layout: Layout;
  tool: PointerTool;
  presets: readonly WindowPreset[];
  overlays: OverlayChoice;
  hasProvenance: boolean;
  isInverted: boolean;
  onTool: (tool: PointerTool) => void;
  onPreset: (preset: WindowPreset) => void;
  onOverlays: (overlays: OverlayChoice) => void;
  onCommand: (command: Command) => void;
  /** What stands before the tools. */
  children?: ReactNode;
}

/** How a cell can be seen; the letters are those of the field. */
const KINDS: readonly (readonly [Command, string])[] = [
  ["stack", "2D"],
  ["axial", "AX"],
  ["coronal", "COR"],
  ["sagittal", "SAG"],
  ["multiplanar", "MPR"],
  ["solid", "3D"],
];

export function Toolbar(props: ToolbarProps) {
  const { layout, tool, presets, overlays, onTool, onPreset, onCommand } = props;
  const say = useWords(WORDS);
  const sayTool = useWords(TOOL_WORDS);
  const sayHint = useWords(HINT_WORDS);
  const sayCommand = useWords(COMMAND_WORDS);
  const sayPreset = useWords(PRESET_WORDS);
  const cell = activeCell(layout);

  const command = (name: Command, isPressed?: boolean) => (
    <button
      key={name}
      type="button"
      title={`${sayCommand(name)} (${keyOf(name)})`}
      aria-label={sayCommand(name)}
      aria-pressed={isPressed}
      onClick={() => onCommand(name)}
    >
      <Icon of={name as never} />
      <kbd data-key={keyOf(name)} />
    </button>
  );
  const pointer = (kind: PointerTool["kind"], label: string) => (
    <fieldset aria-label={label}>
      {POINTER_TOOLS.filter((one) => one.kind === kind).map((one) => (
        <button
          key={one.id}
          type="button"
          title={`${sayTool(one.id)}: ${sayHint(one.id)} (${keyName(one.key)})`}
          aria-label={sayTool(one.id)}
          aria-pressed={one === tool}
          onClick={() => onTool(one)}
        >
          <Icon of={one.id} />
          <kbd data-key={keyName(one.key)} />
        </button>
      ))}
    </fieldset>
  );
  const kindNow = cell?.kind === "plane" ? (cell.settings.plane ?? "") : (cell?.kind ?? "");

  return (
    <div className="toolbar" role="toolbar" aria-label={say("tools")}>
      {props.children}
      <fieldset aria-label={say("layout")}>
        {command("grid")}
        {command("maximise", layout.isMaximised)}
        {command("fill-grid")}
      </fieldset>
      <fieldset aria-label={say("shown-as")} className="kinds">
        {KINDS.map(([name, letters]) => (
          <button
            key={name}
            type="button"
            title={`${sayCommand(name)} (${keyOf(name)})`}
            aria-label={`${sayCommand(name)}, ${letters}`}
            aria-pressed={name === kindNow}
            disabled={!cell}
            onClick={() => onCommand(name)}
          >
            {letters}
            <kbd data-key={keyOf(name)} />
          </button>
        ))}
        <button
          type="button"
          title={`${sayCommand("server-view")} (${keyOf("server-view")})`}
          aria-label={`${sayCommand("server-view")}, SRV`}
          aria-pressed={cell?.settings.drawnBy === "server"}
          disabled={!cell}
          onClick={() => onCommand("server-view")}
        >
          SRV
          <kbd data-key={keyOf("server-view")} />
        </button>
      </fieldset>
      {pointer("view", say("tool"))}
      {pointer("measure", say("measure"))}
      <select
        aria-label={say("preset")}
        value=""
        onChange={(event) => {
          const preset = presets[Number(event.target.value)];
          if (preset) onPreset(preset);
        }}
      >
        <option value="" disabled>
          {say("presets")}
        </option>
        {presets.map((preset, index) => (
          <option key={index} value={index}>
            {index < 9 ? `${index + 1}  ` : ""}
            {sayPreset(preset.name)}
            {preset.detail ? ` ${preset.detail}` : ""}
            {preset.window ? `  ${rounded(preset.window.center)} / ${rounded(preset.window.width)}` : ""}
          </option>
        ))}
      </select>
      <fieldset aria-label={say("view")}>
        {command("rotate")}
        {command("flip-horizontal")}
        {command("flip-vertical")}
        {command("invert", props.isInverted)}
        {command("reset")}
      </fieldset>
      <fieldset aria-label={say("together")}>
        {command("link-scroll", layout.links.scroll)}
        {command("link-window", layout.links.window)}
        {command("link-zoom", layout.links.zoom)}
        {command("reference-lines", overlays.lines)}
      </fieldset>
      <fieldset aria-label={say("panels")} className="last">
        <OverlayMenu choice={overlays} onChoice={props.onOverlays} />
        {command("provenance", props.hasProvenance)}
        <button
          type="button"
          title={`${sayCommand("help")} (?)`}
          aria-label={sayCommand("help")}
          onClick={() => onCommand("help")}
        >
          <kbd data-key="?" />
        </button>
      </fieldset>
    </div>
  );
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
