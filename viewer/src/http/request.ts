/** Requests to the server of this page: same origin, session cookie, guard header, problems as errors. */
import { ProblemError, problemFromBody } from "./problem";

/** Sent with every request that changes something, so that no other site can forge one. */
export const GUARD_HEADER = { "X-Isocenter": "1" } as const;

/** Their 401 says that a password is wrong, not that a session has ended. */
const ASK_FOR_A_PASSWORD: ReadonlySet<string> = new Set(["/api/session", "/api/shared"]);

type Listener = () => void;
const unauthenticatedListeners = new Set<Listener>();

/** Call `listener` whenever an answer says that nobody is signed in; returns how to stop. */
export function onUnauthenticated(listener: Listener): () => void {
  unauthenticatedListeners.add(listener);
  return () => unauthenticatedListeners.delete(listener);
}

export function announceUnauthenticated(): void {
  for (const listener of unauthenticatedListeners) listener();
}

/** Return the answer to a request, or throw its problem. */
export async function send(path: string, options: RequestInit = {}): Promise<Response> {
  const method = options.method ?? "GET";
  const headers = new Headers(options.headers);
  if (method !== "GET") for (const [name, value] of Object.entries(GUARD_HEADER)) headers.set(name, value);
  const answer = await fetch(path, { ...options, headers, credentials: "same-origin" });
  if (answer.ok) return answer;
  if (answer.status === 401 && !ASK_FOR_A_PASSWORD.has(path)) announceUnauthenticated();
  throw new ProblemError(problemFromBody(answer.status, answer.statusText, await bodyOf(answer)));
}

/** Return the JSON of an answer; an answer without content gives an empty list. */
export async function getJson<T>(path: string, accept = "application/json", signal?: AbortSignal): Promise<T> {
  const answer = await send(path, { headers: { Accept: accept }, signal: signal ?? null });
  if (answer.status === 204) return [] as T;
  return (await answer.json()) as T;
}

export async function postJson<T>(path: string, body: unknown): Promise<T> {
  const answer = await send(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as T;
}

async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return text ? { detail: text.slice(0, 400) } : {};
  }
}
