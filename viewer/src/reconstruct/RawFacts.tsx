/** What a raw file is. */
import { useWords } from "../language/words";
import { formatBytes } from "./format-bytes";
import type { RawFile } from "./reconstruct-api";
import { WORDS } from "./words";

export function RawFacts({ raw }: { raw: RawFile }) {
  const say = useWords(WORDS);
  const rows = [
    [say("modality"), raw.modality_title],
    [say("format"), raw.format_title],
    [say("size"), formatBytes(raw.size_bytes)],
    ...raw.facts.map((fact) => [fact.label, [fact.value, fact.unit].filter(Boolean).join(" ")]),
  ];
  return (
    <section className="card">
      <h2>{say("rawData")}</h2>
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
