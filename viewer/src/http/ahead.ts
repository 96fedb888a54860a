/** Answers asked for before they are needed, for pages whose own code is still on its way. */

/** What is older was for another visit: it is asked for anew. */
const USABLE_MS = 30_000;
const begun = new Map<string, { answer: Promise<unknown>; at_ms: number }>();

/** Ask now; whoever takes the answer by its name later need not ask. A failure is forgotten, so that it is asked again. */
export function beginAhead<T>(name: string, ask: () => Promise<T>): Promise<T> {
  const entry = { answer: ask(), at_ms: performance.now() };
  begun.set(name, entry);
  entry.answer.catch(() => begun.get(name) === entry && begun.delete(name));
  return entry.answer;
}

/** Return the answer that was begun by this name, once, or ask. */
export function takeAhead<T>(name: string, ask: () => Promise<T>): Promise<T> {
  const entry = begun.get(name);
  begun.delete(name);
  return entry && performance.now() - entry.at_ms < USABLE_MS ? (entry.answer as Promise<T>) : ask();
}

/** Return the answer that was begun by this name, or ask now; it stays for whoever takes it. */
export function shareAhead<T>(name: string, ask: () => Promise<T>): Promise<T> {
  const entry = begun.get(name);
  const isUsable = entry && performance.now() - entry.at_ms < USABLE_MS;
  return isUsable ? (entry.answer as Promise<T>) : beginAhead(name, ask);
}
