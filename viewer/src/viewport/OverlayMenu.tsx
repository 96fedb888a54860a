/** Chooses which writing stands over the pictures. */
import { useWords } from "../language/words";
import type { OverlayChoice } from "../overlays/choice";
import { Icon } from "../tools/icons";
import { keyOf } from "../tools/keyboard";
import { COMMAND_WORDS } from "../tools/words";
import { WORDS } from "./words";

interface OverlayMenuProps {
  choice: OverlayChoice;
  onChoice: (choice: OverlayChoice) => void;
}

const PARTS = ["patient", "technique", "orientation", "scale", "lines"] as const;
const KEYS = { patient: keyOf("patient"), lines: keyOf("reference-lines") } as Record<string, string | undefined>;

export function OverlayMenu({ choice, onChoice }: OverlayMenuProps) {
  const say = useWords(WORDS);
  const sayCommand = useWords(COMMAND_WORDS);
  return (
    <details className="overlay-menu">
      <summary title={say("overlays")} aria-label={say("overlays")}>
        <Icon of="overlay-menu" />
        <kbd>{keyOf("overlays")}</kbd>
      </summary>
      <div>
        <Choice
          label={sayCommand("overlays")}
          shortcut={keyOf("overlays")}
          isOn={choice.isShown}
          onChange={(isShown) => onChoice({ ...choice, isShown })}
        />
        {PARTS.map((part) => (
          <Choice
            key={part}
            label={say(`overlay-${part}`)}
            shortcut={KEYS[part]}
            isOn={choice[part]}
            onChange={(isOn) => onChoice({ ...choice, [part]: isOn })}
          />
        ))}
      </div>
    </details>
  );
}

interface ChoiceProps {
  label: string;
  shortcut: string | undefined;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

function Choice({ label, shortcut, isOn, onChange }: ChoiceProps) {
  return (
    <label>
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}</span>
      {shortcut && <kbd>{shortcut}</kbd>}
    </label>
  );
}
