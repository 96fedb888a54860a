/** Saves what the cells show as a protocol, or as a further stage of one. */
import { useState } from "react";
import { Dialog } from "../design/Dialog";
import { useWords } from "../language/words";
import type { Layout } from "../layout/layout";
import { derivedProtocol, derivedStage } from "./derive";
import { keepProtocol } from "./hanging-api";
import { ProtocolForm } from "./ProtocolForm";
import type { Hanging } from "./use-hanging";
import { WORDS } from "./words";

interface SaveDialogProps {
  hanging: Hanging;
  layout: Layout;
  onClose: () => void;
}

export function SaveDialog({ hanging, layout, onClose }: SaveDialogProps) {
  const say = useWords(WORDS);
  const [to, setTo] = useState("");
  const { read } = hanging;
  if (!read) return null;
  const mine = hanging.verdicts.map(({ known }) => known).filter((known) => hanging.mayChange(known));
  const base = mine.find(({ id }) => id === to);
  const stageName = `${layout.rows} × ${layout.columns}`;
  const protocol = base
    ? { ...base.protocol, stages: [...base.protocol.stages, derivedStage(stageName, layout, read)] }
    : derivedProtocol("", stageName, layout, read);
  return (
    <Dialog title={say("save-title")} onClose={onClose}>
      {mine.length > 0 && (
        <label className="field">
          <span>{say("as")}</span>
          <select value={to} onChange={(event) => setTo(event.target.value)}>
            <option value="">{say("new-protocol")}</option>
            {mine.map(({ id, protocol: { name } }) => (
              <option key={id} value={id}>
                {say("stage-added", { name })}
              </option>
            ))}
          </select>
        </label>
      )}
      <ProtocolForm
        key={to}
        protocol={protocol}
        isSite={base?.origin === "site"}
        mayShare={hanging.mayShare}
        onSave={async (made, isSite) => {
          const id = await keepProtocol(made, isSite, base?.id);
          await hanging.reload(id);
          onClose();
        }}
      />
    </Dialog>
  );
}
