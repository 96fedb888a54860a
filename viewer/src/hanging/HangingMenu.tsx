/** Chooses protocol and stage, and opens what explains, saves and manages them. */
import { useState } from "react";
import { createPortal } from "react-dom";
import { useWords } from "../language/words";
import type { Layout } from "../layout/layout";
import { keyOf } from "../tools/keyboard";
import { COMMAND_WORDS } from "../tools/words";
import { ManageDialog } from "./ManageDialog";
import { ORIGINS } from "./protocol";
import { SaveDialog } from "./SaveDialog";
import type { Hanging } from "./use-hanging";
import { useNames } from "./use-names";
import { ORIGIN_WORDS, WORDS } from "./words";
import "./hanging.css";

interface HangingMenuProps {
  hanging: Hanging;
  layout: Layout;
}

export function HangingMenu({ hanging, layout }: HangingMenuProps) {
  const say = useWords(WORDS);
  const sayCommand = useWords(COMMAND_WORDS);
  const sayOrigin = useWords(ORIGIN_WORDS);
  const nameOf = useNames();
  const [dialog, setDialog] = useState<"save" | "manage">();
  const { verdicts, shown } = hanging;
  const fitting = verdicts.filter(({ fits }) => fits);
  const stages = shown?.verdict.stages ?? [];
  const origin = shown?.verdict.known.origin ?? "own";
  const stageName = shown ? nameOf(shown.verdict.known.protocol.stages[shown.stage]?.name ?? "", origin) : "";
  const place = { stage: stages.indexOf(shown?.stage ?? -1) + 1, n: stages.length, name: stageName };
  const step = (command: "previous-stage" | "next-stage", icon: string) => (
    <button
      type="button"
      title={`${sayCommand(command)} (${keyOf(command)})`}
      aria-label={sayCommand(command)}
      disabled={stages.length < 2}
      onClick={() => hanging.obey(command)}
    >
      {icon}
      <kbd data-key={keyOf(command)} />
    </button>
  );
  return (
    <fieldset className="hanging-menu" aria-label={say("protocol")} disabled={verdicts.length === 0}>
      <select
        aria-label={say("protocol")}
        title={`${say("protocol")} (${keyOf("next-protocol")})`}
        value={shown?.verdict.known.id ?? ""}
        onChange={(event) => event.target.value && hanging.choose(event.target.value)}
      >
        {!shown && <option value="">{say("by-hand")}</option>}
        {ORIGINS.map((one) => {
          const known = fitting.filter(({ known: { origin: whose } }) => whose === one);
          return known.length === 0 ? null : (
            <optgroup key={one} label={sayOrigin(one)}>
              {known.map(({ known: { id, protocol } }) => (
                <option key={id} value={id}>
                  {nameOf(protocol.name, one)}
                </option>
              ))}
            </optgroup>
          );
        })}
      </select>
      {step("previous-stage", "‹")}
      <output className="hanging-stage" title={shown && `${say("stage")} ${say("stage-of", place)}`}>
        {shown && stages.length > 0 && `${place.stage}/${place.n} ${stageName}`}
      </output>
      {step("next-stage", "›")}
      <button
        type="button"
        title={say("why")}
        aria-label={say("why")}
        aria-pressed={hanging.isExplained}
        data-problem={hanging.problem !== undefined || undefined}
        onClick={() => hanging.explain(!hanging.isExplained)}
      >
        <span className="why-word">{say("why-short")}</span>
      </button>
      {hanging.mayKeep && (
        <details className="overlay-menu hanging-more">
          <summary title={say("more")} aria-label={say("more")}>
            ⋯
          </summary>
          <div>
            <button type="button" onClick={() => setDialog("save")}>
              {say("save-layout")}
            </button>
            <button type="button" onClick={() => setDialog("manage")}>
              {say("manage")}
            </button>
          </div>
        </details>
      )}
      {/* Outside of the toolbar, whose buttons look otherwise. */}
      {dialog === "save" &&
        createPortal(
          <SaveDialog hanging={hanging} layout={layout} onClose={() => setDialog(undefined)} />,
          document.body,
        )}
      {dialog === "manage" &&
        createPortal(<ManageDialog hanging={hanging} onClose={() => setDialog(undefined)} />, document.body)}
    </fieldset>
  );
}
