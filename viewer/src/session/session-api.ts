/** Sign in, ask who is signed in and for how long, sign out; make and open links that share a study. */
import { ProblemError } from "../http/problem";
import { getJson, postJson, send } from "../http/request";

export interface User {
  username: string;
  display_name: string;
  roles: string[];
  /** What the roles allow. */
  permissions: string[];
  /** The one study that who has come by a link may see. */
  study?: string;
}

/** How long a session lasts without activity, and how long it will last from now; null without a session. */
export interface TimeLeft {
  idle_s: number;
  left_s: number | null;
}

export interface ShareLink {
  number: number;
  maker: string;
  expires_at: string;
  has_password: boolean;
  n_opened: number;
  /** Only in the answer to who makes the link. */
  token?: string;
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

/** Ask without being taken for activity. */
export async function timeLeft(): Promise<TimeLeft> {
  const answer = await send("/api/session/time", { headers: { "X-Isocenter-Background": "1" } });
  return (await answer.json()) as TimeLeft;
}

/** Tell the server that somebody is at work. */
export function reportActivity(): Promise<TimeLeft> {
  return postJson<TimeLeft>("/api/session/activity", {});
}

export async function setIdleMinutes(minutes: number): Promise<TimeLeft> {
  const body = JSON.stringify({ idle_minutes: minutes });
  const headers = { "Content-Type": "application/json" };
  return (await (await send("/api/session/rules", { method: "PUT", headers, body })).json()) as TimeLeft;
}

export function makeLink(studyUid: string, hours: number, password: string): Promise<ShareLink> {
  return postJson<ShareLink>("/api/links", { study: studyUid, hours, password });
}

export function linksTo(studyUid: string): Promise<ShareLink[]> {
  return getJson<ShareLink[]>(`/api/links/studies/${encodeURIComponent(studyUid)}`);
}

export async function revokeLink(number: number): Promise<void> {
  await send(`/api/links/${number}`, { method: "DELETE" });
}

export function openLink(token: string, password: string): Promise<User> {
  return postJson<User>("/api/shared", { token, password });
}
