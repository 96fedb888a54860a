/** How the image was made. */
import { useWords } from "../language/words";
import type { Provenance } from "./reconstruct-api";
import { WORDS } from "./words";

export function ProvenanceCard({ provenance }: { provenance: Provenance }) {
  const say = useWords(WORDS);
  const rows = [
    [say("method"), provenance.method],
    ...Object.entries(provenance.parameters).map(([name, value]) => [name.replaceAll("_", " "), String(value)]),
    [say("software"), `${provenance.software} ${provenance.version}`],
  ];
  return (
    <section className="card">
      <h2>{say("howMade")}</h2>
      <dl className="facts">
        {rows.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {provenance.sources.map((source) => (
          <div key={source.sha256} style={{ display: "contents" }}>
            <dt>{source.role}</dt>
            <dd>
              {source.name}
              <br />
              <span className="digest" title={source.sha256}>
                SHA-256 {source.sha256.slice(0, 16)}…
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
