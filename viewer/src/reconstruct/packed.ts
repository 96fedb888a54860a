/**
 * Files that belong together (a folder of views, a header and its data) as one tar, put together without copying them.
 *
 * Source: POSIX.1-1988 ustar.
 */

const BLOCK = 512;
const MOST_NAME_BYTES = 100;

/** Return one file as it is, several as a tar named after their folder. */
export function packed(files: readonly File[]): File {
  const [first] = files;
  if (files.length === 1 && first) return first;
  const named = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = named.flatMap((file) => [header(file), file, new Uint8Array((BLOCK - (file.size % BLOCK)) % BLOCK)]);
  return new File([...parts, new Uint8Array(2 * BLOCK)], `${folderOf(first)}.tar`);
}

/** Names of folders may have what names on the server may not. */
function folderOf(file: File | undefined): string {
  const folder = file?.webkitRelativePath?.split("/")[0] ?? "";
  return folder.replaceAll(/[^\p{L}\p{N} ()+-]/gu, "_").replace(/^[^\p{L}\p{N}_]+/u, "") || "files";
}

function header(file: File): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const name = encoder.encode(file.name);
  if (name.length > MOST_NAME_BYTES) throw new Error(`The name ${file.name} is longer than ${MOST_NAME_BYTES} bytes.`);
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, text: string) => block.set(encoder.encode(text), offset);
  block.set(name, 0);
  put(100, "0000600\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${file.size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  // The sum of all bytes, with its own eight taken as spaces.
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\0" + "00");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}
