/** What the server says when something went wrong. Source: RFC 9457 (Problem Details for HTTP APIs). */
import { sayIn } from "../language/words";
import { WORDS } from "./words";

export interface Problem {
  title: string;
  status: number;
  detail?: string;
  file?: string;
  field?: string;
  found?: string;
  expected?: string;
  remedy?: string;
}

/** An answer that was not what was asked for, with the problem to show. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

const TEXT_FIELDS = ["detail", "file", "field", "found", "expected", "remedy"] as const;

/** Return the problem in a decoded answer body, or one made from the status when the body says nothing. */
export function problemFromBody(status: number, statusText: string, body: unknown): Problem {
  const given = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const title =
    typeof given.title === "string" && given.title ? given.title : statusText || sayIn(WORDS)("answered", { status });
  const problem: Problem = { title, status };
  for (const field of TEXT_FIELDS) {
    const value = given[field];
    if (value !== undefined && value !== null && value !== "") problem[field] = String(value);
  }
  return problem;
}

/** Return a problem to show for anything that was thrown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  const say = sayIn(WORDS);
  if (thrown instanceof TypeError && /fetch|network/i.test(thrown.message)) {
    return {
      title: say("unreachable"),
      status: 0,
      detail: thrown.message,
      remedy: say("unreachable-remedy"),
    };
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { title: say("wrong"), status: 0, detail, remedy: say("wrong-remedy") };
}
