/** The parts of a multipart answer. Source: RFC 2046 sec. 5.1, DICOM PS3.18 sec. 8.6.1.2. */

const [CR, LF] = [13, 10];

/** Return the bodies of the parts, in their order, as views of `body`. */
export function partsOf(body: Uint8Array, contentType: string): Uint8Array[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!boundary) throw new Error(`This answer names no boundary of its parts: "${contentType.slice(0, 100)}".`);
  const mark = new TextEncoder().encode(`--${boundary}`);
  const parts: Uint8Array[] = [];
  let at = find(body, mark, 0);
  while (at >= 0) {
    const start = headEnd(body, at + mark.length);
    if (start < 0) break;
    const length = statedLength(body.subarray(at, start));
    // A stated length spares the search through pixels.
    const next = find(body, mark, length === undefined ? start : start + length);
    if (next < 0) throw broken();
    parts.push(body.subarray(start, next - 2));
    at = next;
  }
  return parts;
}

/** Return where the body of a part begins, or -1 behind the last one. */
function headEnd(body: Uint8Array, from: number): number {
  if (body[from] === 45 && body[from + 1] === 45) return -1;
  for (let i = from; i + 3 < body.length; i += 1)
    if (body[i] === CR && body[i + 1] === LF && body[i + 2] === CR && body[i + 3] === LF) return i + 4;
  throw broken();
}

function broken(): Error {
  return new Error("This answer breaks off in the middle of a part.");
}

function statedLength(head: Uint8Array): number | undefined {
  const stated = /content-length:\s*(\d+)/i.exec(new TextDecoder("latin1").decode(head))?.[1];
  return stated === undefined ? undefined : Number(stated);
}

function find(body: Uint8Array, mark: Uint8Array, from: number): number {
  const first = mark[0] as number;
  for (let i = body.indexOf(first, from); i >= 0; i = body.indexOf(first, i + 1)) {
    let n = 1;
    while (n < mark.length && body[i + n] === mark[n]) n += 1;
    if (n === mark.length) return i;
  }
  return -1;
}
