/** The first bytes of frames, fetched once and kept within a bound; the oldest go first. */
import { announceUnauthenticated } from "../http/request";

/** HTJ2K ordered by resolution, the frame by itself. Source: DICOM PS3.5 sec. A.4.4, PS3.18 sec. 8.7.3.3.2. */
export const SYNTAX = "1.2.840.10008.1.2.4.202";
const ACCEPT = `image/jphc; transfer-syntax=${SYNTAX}`;

/** Of 512 x 512 pixels of a CT this is the picture halved twice. */
export const PREFIX_BYTES = 20_000;
const KEPT_BYTES = 64 * 1024 ** 2;

export interface Prefix {
  bytes: Uint8Array;
  /** Of the whole frame. */
  total_bytes: number;
  /** Names the version that the bytes belong to. */
  tag: string;
  request: XMLHttpRequest;
}

const kept = new Map<string, Prefix>();
const asked = new Map<string, Promise<Prefix>>();
let n_bytes = 0;

export function keptPrefix(address: string): Prefix | undefined {
  return kept.get(address);
}

/** Return the first bytes of a frame, of more than are kept all that is left out of the oldest. */
export function prefixOf(address: string): Promise<Prefix> {
  const known = kept.get(address);
  if (known) return Promise.resolve(known);
  const running = asked.get(address) ?? ask(address);
  asked.set(address, running);
  return running;
}

async function ask(address: string): Promise<Prefix> {
  try {
    const request = await getRange(address, 0, PREFIX_BYTES - 1);
    const bytes = new Uint8Array(request.response as ArrayBuffer);
    const total_bytes = Number(request.getResponseHeader("Content-Range")?.split("/")[1] ?? bytes.length);
    const prefix = { bytes, total_bytes, tag: request.getResponseHeader("ETag") ?? "", request };
    keep(address, prefix);
    return prefix;
  } finally {
    asked.delete(address);
  }
}

function keep(address: string, prefix: Prefix): void {
  kept.set(address, prefix);
  n_bytes += prefix.bytes.length;
  for (const [oldest, { bytes }] of kept) {
    if (n_bytes <= KEPT_BYTES) break;
    kept.delete(oldest);
    n_bytes -= bytes.length;
  }
}

/** Return the whole frame: what is there already, and the rest of it. */
export async function wholeFrame(address: string, prefix: Prefix): Promise<Uint8Array> {
  const { bytes, total_bytes, tag } = prefix;
  if (bytes.length >= total_bytes) return bytes;
  const request = await getRange(address, bytes.length, total_bytes - 1, tag);
  const rest = new Uint8Array(request.response as ArrayBuffer);
  if (request.status !== 206) return rest; // another version than that of the first bytes: it came whole
  const whole = new Uint8Array(bytes.length + rest.length);
  whole.set(bytes);
  whole.set(rest, bytes.length);
  return whole;
}

/** Rejects as the loader of whole frames does: with the request that failed. */
function getRange(address: string, first: number, last: number, tag?: string): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "arraybuffer";
    request.setRequestHeader("Accept", ACCEPT);
    request.setRequestHeader("Range", `bytes=${first}-${last}`);
    if (tag) request.setRequestHeader("If-Range", tag);
    request.onload = () => {
      if (request.status === 200 || request.status === 206) resolve(request);
      else {
        if (request.status === 401) announceUnauthenticated();
        reject({ request });
      }
    };
    request.onerror = () => reject({ request });
    request.send();
  });
}
