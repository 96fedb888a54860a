/** How this image was made, as its object tells. */
import type { Dataset } from "../dicomweb/json-model";
import { useWords } from "../language/words";
import { provenanceOf } from "./provenance";
import { WORDS } from "./words";

export function ProvenancePanel({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const say = useWords(WORDS);
  const groups = provenanceOf(dataset, say);
  return (
    <aside className="provenance-panel" aria-label={say("title")}>
      <header>
        <h1>{say("title")}</h1>
        <button type="button" className="quiet" onClick={onClose}>
          {say("close")}
        </button>
      </header>
      {groups.length === 0 && <p className="soft">{say("nothing")}</p>}
      {groups.map(({ title, lines }) => (
        <section key={title}>
          <h2>{title}</h2>
          <dl className="facts">
            {lines.map(({ label, value }) => (
              <div key={label} style={{ display: "contents" }}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </aside>
  );
}
