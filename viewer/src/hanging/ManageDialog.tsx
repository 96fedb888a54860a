/** All protocols: shown, edited, duplicated, deleted, exported and imported. */
import { type ChangeEvent, useState } from "react";
import { Dialog } from "../design/Dialog";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { deleteProtocol, keepProtocol } from "./hanging-api";
import { ProtocolForm } from "./ProtocolForm";
import { type KnownProtocol, ORIGINS, type Protocol } from "./protocol";
import { protocolFromJson, protocolToJson } from "./protocol-json";
import type { Hanging } from "./use-hanging";
import { useNames } from "./use-names";
import { ORIGIN_WORDS, WORDS } from "./words";

interface ManageDialogProps {
  hanging: Hanging;
  onClose: () => void;
}

export function ManageDialog({ hanging, onClose }: ManageDialogProps) {
  const say = useWords(WORDS);
  const sayOrigin = useWords(ORIGIN_WORDS);
  const nameOf = useNames();
  const [edited, setEdited] = useState<KnownProtocol>();
  const [problem, setProblem] = useState<Problem>();
  const attempt = (act: Promise<unknown>) => {
    setProblem(undefined);
    act.then(() => hanging.reload()).catch((thrown) => setProblem(problemOf(thrown)));
  };
  const duplicate = ({ protocol, origin }: KnownProtocol) => {
    const name = say("copy-of", { name: nameOf(protocol.name, origin) }).slice(0, 64);
    attempt(keepProtocol({ ...protocol, name }, false));
  };
  const take = async (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    event.target.value = "";
    if (file) attempt(file.text().then((text) => keepProtocol(protocolFromJson(text), false)));
  };
  if (edited) {
    return (
      <Dialog key="edit" title={say("edit-title")} onClose={() => setEdited(undefined)}>
        <ProtocolForm
          protocol={edited.protocol}
          isSite={edited.origin === "site"}
          mayShare={hanging.mayShare}
          onSave={async (protocol, isSite) => {
            await keepProtocol(protocol, isSite, edited.id);
            await hanging.reload();
            setEdited(undefined);
          }}
        />
      </Dialog>
    );
  }
  const known = hanging.verdicts.map((verdict) => verdict.known);
  return (
    <Dialog key="list" title={say("protocol")} onClose={onClose}>
      <div className="stack">
        {problem && <ProblemNotice problem={problem} />}
        {ORIGINS.map((origin) => (
          <section key={origin}>
            <h2>{sayOrigin(origin)}</h2>
            {known.every((one) => one.origin !== origin) && <p className="soft">{say("none-kept")}</p>}
            <ul className="protocol-list">
              {known
                .filter((one) => one.origin === origin)
                .map((one) => (
                  <li key={one.id}>
                    <span>{nameOf(one.protocol.name, origin)}</span>
                    {hanging.mayChange(one) && (
                      <button type="button" onClick={() => setEdited(one)}>
                        {say("edit")}
                      </button>
                    )}
                    <button type="button" onClick={() => duplicate(one)}>
                      {say("duplicate")}
                    </button>
                    <button type="button" onClick={() => download(one.protocol)}>
                      {say("export")}
                    </button>
                    {hanging.mayChange(one) && (
                      <button type="button" onClick={() => attempt(deleteProtocol(one.id))}>
                        {say("delete")}
                      </button>
                    )}
                  </li>
                ))}
            </ul>
          </section>
        ))}
        <label className="field">
          <span>{say("import")}</span>
          <input type="file" accept="application/json,.json" onChange={take} />
        </label>
      </div>
    </Dialog>
  );
}

/** Hand a protocol to the person as a file. */
function download(protocol: Protocol): void {
  const address = URL.createObjectURL(new Blob([protocolToJson(protocol)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${protocol.name.replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
