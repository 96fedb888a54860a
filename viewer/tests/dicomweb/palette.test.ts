import { expect, test } from "vitest";
import { firstPart, paletteEntries } from "../../src/dicomweb/palette";

test("entries of two bytes are little endian", () => {
  expect(paletteEntries(Uint8Array.of(0x00, 0xff, 0x34, 0x12), 2)).toEqual([0xff00, 0x1234]);
});

test("entries of one byte are taken one by one", () => {
  expect(paletteEntries(Uint8Array.of(1, 2, 3, 0), 3)).toEqual([1, 2, 3]);
});

test("zero entries mean 65536", () => {
  expect(paletteEntries(new Uint8Array(131072), 0)).toHaveLength(65536);
});

test("the first part of a multipart answer is its body", () => {
  const answer = new TextEncoder().encode("--b\r\nContent-Type: application/octet-stream\r\n\r\nABC\r\n--b--\r\n");
  expect(new TextDecoder().decode(firstPart(answer, 'multipart/related; boundary="b"'))).toBe("ABC");
  expect(firstPart(answer, "application/octet-stream")).toBe(answer);
});
