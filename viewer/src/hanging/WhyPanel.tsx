/** Why this protocol, and why each series stands where it does. */
import { ProblemNotice } from "../design/ProblemNotice";
import { useWords } from "../language/words";
import { conditionText } from "./condition-text";
import type { Judged } from "./conditions";
import type { SeriesFacts } from "./facts";
import type { Candidate, CellVerdict, ProtocolVerdict } from "./match";
import type { Condition, SeriesAttribute, StudyAttribute } from "./protocol";
import { studyKind } from "./study-kind";
import type { Hanging } from "./use-hanging";
import { useNames } from "./use-names";
import { ATTRIBUTE_WORDS, ORIGIN_WORDS, WORDS } from "./words";

const MOST_FOUND = 6;

export function WhyPanel({ hanging }: { hanging: Hanging }) {
  const say = useWords(WORDS);
  const nameOf = useNames();
  const { shown, verdicts, read, remembered } = hanging;
  const fitting = verdicts.filter(({ fits }) => fits);
  const others = verdicts.filter(({ known }) => known.id !== shown?.verdict.known.id);
  const kind = read ? studyKind(read.study) : "";
  return (
    <aside className="provenance-panel why-panel" aria-label={say("why")}>
      <header>
        <h1>{say("why")}</h1>
        <button type="button" className="quiet" onClick={() => hanging.explain(false)}>
          {say("close")}
        </button>
      </header>
      {hanging.problem && <ProblemNotice problem={hanging.problem} />}
      {hanging.unreadable.map((why) => (
        <p key={why} role="alert">
          {say("unreadable", { why })}
        </p>
      ))}
      {shown ? (
        <section>
          <h2>{say("protocol")}</h2>
          <strong>{nameOf(shown.verdict.known.protocol.name, shown.verdict.known.origin)}</strong>
          <p className="soft">
            {say("first-fitting", { place: fitting.indexOf(shown.verdict) + 1, n: fitting.length })}
          </p>
          {remembered === shown.verdict.known.id && (
            <p>
              {say("remembered", { kind })}{" "}
              <button type="button" className="quiet" onClick={hanging.forget}>
                {say("forget")}
              </button>
            </p>
          )}
          <h2>{say("conditions")}</h2>
          {shown.verdict.judged.length === 0 && <p>{say("no-conditions")}</p>}
          <JudgedList judged={shown.verdict.judged} />
        </section>
      ) : (
        <p>{say("by-hand")}</p>
      )}
      {shown && (
        <section>
          <h2>{nameOf(shown.verdict.known.protocol.stages[shown.stage]?.name ?? "", shown.verdict.known.origin)}</h2>
          {shown.hung.cells.map((verdict, index) => (
            <WhyCell key={index} number={index + 1} verdict={verdict} />
          ))}
        </section>
      )}
      <details>
        <summary>{say("other-protocols")}</summary>
        {others.map((verdict) => (
          <WhyNot key={verdict.known.id} verdict={verdict} />
        ))}
      </details>
    </aside>
  );
}

function WhyNot({ verdict }: { verdict: ProtocolVerdict }) {
  const say = useWords(WORDS);
  const sayOrigin = useWords(ORIGIN_WORDS);
  const nameOf = useNames();
  const { known, fits, judged, score } = verdict;
  const failed = judged.filter(({ condition, holds }) => condition.isRequired && !holds);
  return (
    <div className="why-cell">
      <strong>{nameOf(known.protocol.name, known.origin)}</strong>{" "}
      <span className="soft">
        {sayOrigin(known.origin)}
        {fits && `, ${say("fits", { score: say("score", { score }) })}`}
        {!fits && failed.length === 0 && `: ${say("shows-nothing")}`}
      </span>
      <JudgedList judged={failed} />
    </div>
  );
}

function WhyCell({ number, verdict }: { number: number; verdict: CellVerdict }) {
  const say = useWords(WORDS);
  const sayAttribute = useWords(ATTRIBUTE_WORDS);
  const { rule, chosen, over, candidates, hasStudy } = verdict;
  const best = candidates.find(({ series }) => series === chosen);
  const others = candidates.filter((candidate) => candidate !== best);
  return (
    <div className="why-cell">
      <strong>{say("cell", { number })}</strong>{" "}
      {rule && rule.prior > 0 && <span className="soft">{say("prior", { number: rule.prior })} </span>}
      {chosen && <span>{titleOf(chosen)}</span>}
      {over && <span className="soft"> {say("over", { series: titleOf(over) })}</span>}
      {!rule && <span className="soft">{say("stays-empty")}</span>}
      {rule && !hasStudy && <p className="soft">{say("no-prior")}</p>}
      {rule && hasStudy && !chosen && <p className="soft">{say("no-series")}</p>}
      {best && <JudgedList judged={[...best.required, ...best.preferred]} />}
      {best && best.alike.length > 0 && (
        <p className="soft">{say("alike", { attributes: best.alike.map((of) => sayAttribute(of)).join(", ") })}</p>
      )}
      {others.length > 0 && (
        <details>
          <summary>{say("other-series")}</summary>
          {others.map((candidate) => (
            <Other
              key={`${candidate.series.seriesUid} ${candidate.series.instanceUids?.join()}`}
              candidate={candidate}
            />
          ))}
        </details>
      )}
    </div>
  );
}

function Other({ candidate }: { candidate: Candidate }) {
  const failed = [...candidate.required, ...candidate.preferred].filter(({ holds }) => !holds);
  return (
    <div className="why-other">
      {titleOf(candidate.series)}
      <JudgedList judged={failed} />
    </div>
  );
}

function JudgedList({ judged }: { judged: readonly Judged<Condition<StudyAttribute | SeriesAttribute>>[] }) {
  const say = useWords(WORDS);
  const sayAttribute = useWords(ATTRIBUTE_WORDS);
  const foundText = (found: readonly (string | number)[]) =>
    found.length === 0
      ? say("found-nothing")
      : say("found", { values: found.slice(0, MOST_FOUND).join(", ") + (found.length > MOST_FOUND ? ", …" : "") });
  return (
    <ul className="judged">
      {judged.map(({ condition, holds, found }, index) => (
        <li key={index} data-holds={holds}>
          <span role="img" aria-label={say(holds ? "holds" : "fails")}>
            {holds ? "✓" : "✗"}
          </span>
          <span>
            {conditionText(condition, say, sayAttribute)} <span className="soft">({foundText(found)})</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function titleOf({ modality, description, laterality, view, number }: SeriesFacts): string {
  return [modality, laterality, view, description || `#${number}`].filter(Boolean).join(" ");
}
