/** Sign in, ask who is signed in, sign out. */
import { ProblemError } from "../http/problem";
import { getJson, postJson, send } from "../http/request";

export interface User {
  username: string;
  display_name: string;
  roles: string[];
  /** What the roles allow. */
  permissions: string[];
}

/** Return who is signed in, or undefined if nobody is. */
export async function whoIsSignedIn(): Promise<User | undefined> {
  try {
    return await getJson<User>("/api/session");
  } catch (thrown) {
    if (thrown instanceof ProblemError && thrown.problem.status === 401) return undefined;
    throw thrown;
  }
}

export function signIn(username: string, password: string): Promise<User> {
  return postJson<User>("/api/session", { username, password });
}

export async function signOut(): Promise<void> {
  await send("/api/session", { method: "DELETE" });
}
