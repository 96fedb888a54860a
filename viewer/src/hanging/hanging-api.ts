/** Requests for the protocols that people keep, and for what they chose last. */
import { getJson, postJson, send } from "../http/request";
import type { KnownProtocol, Protocol } from "./protocol";
import { protocolFrom } from "./protocol-json";

const ROOT = "/api/hanging";
const JSON_BODY = { "Content-Type": "application/json", Accept: "application/json" };

interface Kept {
  number: number;
  is_site: boolean;
  protocol: unknown;
}

export interface KeptProtocols {
  protocols: readonly KnownProtocol[];
  /** What is kept and cannot be read, in words. */
  unreadable: readonly string[];
}

/** Return one's own protocols and the site's. One that cannot be read is named, and the others are used. */
export async function keptProtocols(): Promise<KeptProtocols> {
  const protocols: KnownProtocol[] = [];
  const unreadable: string[] = [];
  for (const { number, is_site, protocol } of await getJson<Kept[]>(`${ROOT}/protocols`)) {
    try {
      const read = protocolFrom(protocol);
      protocols.push({ id: `kept/${number}`, origin: is_site ? "site" : "own", protocol: read });
    } catch (thrown) {
      if (!(thrown instanceof SyntaxError)) throw thrown;
      unreadable.push(thrown.message);
    }
  }
  return { protocols, unreadable };
}

/** Keep a protocol: a new one without `id`. Returns its identity. */
export async function keepProtocol(protocol: Protocol, isSite: boolean, id?: string): Promise<string> {
  const body = { protocol, is_site: isSite };
  if (id === undefined) return `kept/${(await postJson<Kept>(`${ROOT}/protocols`, body)).number}`;
  const path = `${ROOT}/protocols/${numberOf(id)}`;
  await send(path, { method: "PUT", headers: JSON_BODY, body: JSON.stringify(body) });
  return id;
}

export async function deleteProtocol(id: string): Promise<void> {
  await send(`${ROOT}/protocols/${numberOf(id)}`, { method: "DELETE" });
}

/** Return the protocols chosen by hand, by kind of study. */
export function choices(): Promise<Record<string, string>> {
  return getJson<Record<string, string>>(`${ROOT}/choices`);
}

/** Remember a choice for a kind of study; an empty one forgets it. */
export async function choose(kind: string, protocol: string): Promise<void> {
  await send(`${ROOT}/choices`, { method: "PUT", headers: JSON_BODY, body: JSON.stringify({ kind, protocol }) });
}

function numberOf(id: string): number {
  return Number(id.split("/")[1]);
}
