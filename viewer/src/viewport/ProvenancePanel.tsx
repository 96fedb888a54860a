/** How this image was made, as its object tells. */
import type { Dataset } from "../dicomweb/json-model";
import { provenanceOf } from "./provenance";

export function ProvenancePanel({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const groups = provenanceOf(dataset);
  return (
    <aside className="provenance-panel" aria-label="How it was made">
      <header>
        <h1>How it was made</h1>
        <button type="button" className="quiet" onClick={onClose}>
          Close
        </button>
      </header>
      {groups.length === 0 && <p className="soft">The object does not say how it was made.</p>}
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
