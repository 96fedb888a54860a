/** Tools, windows and views, each with its key. */
import type { Command } from "../tools/keyboard";
import type { PointerTool } from "../tools/pointer-tool";
import { POINTER_TOOLS } from "../tools/tool-set";
import type { WindowPreset } from "../tools/window-presets";

interface ToolbarProps {
  tool: PointerTool;
  presets: readonly WindowPreset[];
  hasOverlays: boolean;
  hasProvenance: boolean;
  isInverted: boolean;
  onTool: (tool: PointerTool) => void;
  onPreset: (preset: WindowPreset) => void;
  onCommand: (command: Command) => void;
}

export function Toolbar(props: ToolbarProps) {
  const { tool, presets, onTool, onPreset, onCommand } = props;
  const command = (name: Command, label: string, key: string, isPressed?: boolean) => (
    <button type="button" title={`${label} (${key})`} aria-pressed={isPressed} onClick={() => onCommand(name)}>
      {label}
    </button>
  );
  return (
    <div className="toolbar" role="toolbar" aria-label="Viewer">
      <fieldset aria-label="Tool">
        {POINTER_TOOLS.map((one) => (
          <button
            key={one.name}
            type="button"
            title={`${one.hint} (${one.key.toUpperCase()})`}
            aria-pressed={one === tool}
            onClick={() => onTool(one)}
          >
            {one.label}
          </button>
        ))}
      </fieldset>
      <select
        aria-label="Window preset"
        value=""
        onChange={(event) => {
          const preset = presets[Number(event.target.value)];
          if (preset) onPreset(preset);
        }}
      >
        <option value="" disabled>
          Presets
        </option>
        {presets.map((preset, index) => (
          <option key={preset.name} value={index}>
            {index < 9 ? `${index + 1}  ` : ""}
            {preset.name}
            {preset.window ? `  ${preset.window.center} / ${preset.window.width}` : ""}
          </option>
        ))}
      </select>
      <fieldset aria-label="View">
        {command("rotate", "Rotate", "R")}
        {command("flip-horizontal", "Flip ↔", "H")}
        {command("flip-vertical", "Flip ↕", "V")}
        {command("invert", "Invert", "I", props.isInverted)}
        {command("reset", "Reset", "0")}
      </fieldset>
      <fieldset aria-label="Panels" className="last">
        {command("overlays", "Overlays", "O", props.hasOverlays)}
        {command("provenance", "How it was made", "M", props.hasProvenance)}
        {command("help", "?", "?")}
      </fieldset>
    </div>
  );
}
