/** Frames of an instance as plain bytes, decoded by the archive. Source: DICOM PS3.18 sec. 10.4 (Retrieve frames). */
import { send } from "../http/request";
import { partsOf } from "./multipart";
import { instancePath } from "./retrieve";

/** An address grows with the frames that it lists; this keeps it far below what servers refuse. */
const AT_ONCE = 200;
const PLAIN = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1';

/** Return frames by number (from 1), in the order of `numbers`. */
export async function frameBytes(
  studyUid: string,
  seriesUid: string,
  instanceUid: string,
  numbers: readonly number[],
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (let at = 0; at < numbers.length; at += AT_ONCE) {
    const asked = numbers.slice(at, at + AT_ONCE);
    const path = `${instancePath(studyUid, seriesUid, instanceUid)}/frames/${asked.join(",")}`;
    const answer = await send(path, {
      headers: { Accept: PLAIN },
      signal: signal ?? null,
      // Images that are fetched ahead can wait.
      priority: "high",
    });
    const body = new Uint8Array(await answer.arrayBuffer());
    const parts = partsOf(body, answer.headers.get("Content-Type") ?? "");
    if (parts.length !== asked.length) {
      throw new Error(`The archive answered with ${parts.length} frames where ${asked.length} were asked for.`);
    }
    found.push(...parts);
  }
  return found;
}
