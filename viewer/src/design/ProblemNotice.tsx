/** Shows a problem where it happened: what, why, and what helps. */
import type { Problem } from "../http/problem";
import { useWords } from "../language/words";
import { WORDS } from "./words";

const FIELDS = ["file", "field", "found", "expected"] as const;

export function ProblemNotice({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const say = useWords(WORDS);
  const facts = FIELDS.filter((field) => problem[field]);
  return (
    <div className="problem" role="alert">
      <strong>{problem.title}</strong>
      {problem.detail && problem.detail !== problem.title && <p>{problem.detail}</p>}
      {facts.length > 0 && (
        <dl className="facts">
          {facts.map((field) => (
            <div key={field} style={{ display: "contents" }}>
              <dt>{say(field)}</dt>
              <dd>{problem[field]}</dd>
            </div>
          ))}
        </dl>
      )}
      {problem.remedy && <p>{say("whatHelps", { remedy: problem.remedy })}</p>}
      {onRetry && (
        <div>
          <button type="button" onClick={onRetry}>
            {say("tryAgain")}
          </button>
        </div>
      )}
    </div>
  );
}
