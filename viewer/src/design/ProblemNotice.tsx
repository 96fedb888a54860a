/** Shows a problem where it happened: what, why, and what helps. */
import type { Problem } from "../http/problem";

const FIELDS = [
  ["file", "File"],
  ["field", "Field"],
  ["found", "Found"],
  ["expected", "Expected"],
] as const;

export function ProblemNotice({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const facts = FIELDS.filter(([field]) => problem[field]);
  return (
    <div className="problem" role="alert">
      <strong>{problem.title}</strong>
      {problem.detail && problem.detail !== problem.title && <p>{problem.detail}</p>}
      {facts.length > 0 && (
        <dl className="facts">
          {facts.map(([field, label]) => (
            <div key={field} style={{ display: "contents" }}>
              <dt>{label}</dt>
              <dd>{problem[field]}</dd>
            </div>
          ))}
        </dl>
      )}
      {problem.remedy && <p className="remedy">{problem.remedy}</p>}
      {onRetry && (
        <div>
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
