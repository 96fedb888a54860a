/**
 * Bring the colour tables of a palette image into its data set as numbers: the loader cannot read them as bytes.
 *
 * Source: DICOM PS3.3 sec. C.7.6.3.1.5 and C.7.6.3.1.6 (descriptor and data), PS3.18 sec. F.2.6 and F.2.7 (bulk and
 * inline data).
 */
import { send } from "../http/request";
import { type Dataset, numbers, TAG, text } from "./json-model";

const COLOURS = [
  ["RedPaletteDescriptor", "RedPaletteData"],
  ["GreenPaletteDescriptor", "GreenPaletteData"],
  ["BluePaletteDescriptor", "BluePaletteData"],
] as const;

/** Return the data set with its colour tables as numbers; one without a palette comes back as it is. */
export async function withPalette(dataset: Dataset): Promise<Dataset> {
  if (text(dataset, "PhotometricInterpretation") !== "PALETTE COLOR") return dataset;
  const tables = await Promise.all(
    COLOURS.map(async ([descriptor, data]) => {
      const bytes = await bytesOf(dataset, TAG[data]);
      const [nEntries = 0] = numbers(dataset, descriptor);
      return bytes && ([TAG[data], { vr: "OW", Value: paletteEntries(bytes, nEntries) }] as const);
    }),
  );
  return { ...dataset, ...Object.fromEntries(tables.filter((table) => table !== undefined)) };
}

/** Return the entries in little endian bytes: one byte each when there are no more bytes than entries, else two. */
export function paletteEntries(bytes: Uint8Array, nEntries: number): number[] {
  const n = nEntries === 0 ? 65536 : nEntries;
  if (bytes.length < 2 * n) return [...bytes.subarray(0, n)];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: n }, (_, index) => view.getUint16(2 * index, true));
}

/** Return the body of the first part of a multipart answer, or the bytes themselves when it has no parts. */
export function firstPart(bytes: Uint8Array, contentType: string): Uint8Array {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!/^multipart\//i.test(contentType) || !boundary) return bytes;
  const latin = new TextDecoder("latin1").decode(bytes);
  const start = latin.indexOf("\r\n\r\n", latin.indexOf(`--${boundary}`)) + 4;
  const end = latin.indexOf(`\r\n--${boundary}`, start);
  return bytes.subarray(start, end < 0 ? undefined : end);
}

/** Return the bytes of an element that holds them, or says where they are. */
export async function bytesOf(dataset: Dataset, tag: string): Promise<Uint8Array | undefined> {
  const element = dataset[tag];
  if (element?.InlineBinary) return Uint8Array.from(atob(element.InlineBinary), (letter) => letter.charCodeAt(0));
  if (!element?.BulkDataURI) return undefined;
  const { pathname, search } = new URL(element.BulkDataURI, location.href);
  const answer = await send(pathname + search, {
    headers: { Accept: 'application/octet-stream, multipart/related; type="application/octet-stream"' },
  });
  return firstPart(new Uint8Array(await answer.arrayBuffer()), answer.headers.get("Content-Type") ?? "");
}
