/** What a raw file is. */
import { formatBytes } from "./format-bytes";
import type { RawFile } from "./reconstruct-api";

export function RawFacts({ raw }: { raw: RawFile }) {
  const rows = [
    ["Modality", raw.modality_title],
    ["Format", raw.format_title],
    ["Size", formatBytes(raw.size_bytes)],
    ...raw.facts.map((fact) => [fact.label, [fact.value, fact.unit].filter(Boolean).join(" ")]),
  ];
  return (
    <section className="card">
      <h2>Raw data</h2>
      <p className="raw-name">{raw.filename}</p>
      <dl className="facts">
        {rows.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <dt>SHA-256</dt>
        <dd className="digest" title={raw.sha256}>
          {raw.sha256.slice(0, 16)}…
        </dd>
      </dl>
    </section>
  );
}
