import { expect, test } from "vitest";
import { levelWithin, resolutionsOf } from "../../src/progressive/codestream";

/** A main header of 512 x 384 pixels, two halvings, and a part for each of the three resolutions. */
const HEADER = [
  [0xff, 0x4f],
  [0xff, 0x51, 0, 41, 0x40, 0, 0, 0, 2, 0, 0, 0, 1, 0x80, ...Array(8).fill(0)],
  [0, 0, 2, 0, 0, 0, 1, 0x80, ...Array(8).fill(0), 0, 1, 15, 1, 1],
  [0xff, 0x52, 0, 12, 0, 2, 0, 1, 0, 2, 4, 4, 64, 1],
  [0xff, 0x55, 0, 22, 0, 0x60, 0, 0, 0, 0, 1, 0xb1, 0, 0, 0, 0, 4, 0x2b, 0, 0, 0, 0, 0x0d, 0x2b],
  [0xff, 0x90, 0, 10, 0, 0, 0, 0, 1, 0xb1, 0, 3],
].flat();
const START = HEADER.length - 12;

test("a header tells where each resolution ends", () => {
  const found = resolutionsOf(Uint8Array.from(HEADER));
  expect(found).toEqual({
    columns: 512,
    rows: 384,
    ends: [START + 0x1b1, START + 0x1b1 + 0x42b, START + 0x1b1 + 0x42b + 0xd2b],
  });
});

test("what is there is complete at a level", () => {
  const found = resolutionsOf(Uint8Array.from(HEADER));
  if (!found) throw new Error("no header");
  expect(levelWithin(found, START)).toBeUndefined();
  expect(levelWithin(found, START + 0x1b1)).toBe(2);
  expect(levelWithin(found, START + 0x1b1 + 0x42b)).toBe(1);
  expect(levelWithin(found, 10 ** 6)).toBe(0);
});

test("a header that is cut off, or of something else, tells nothing", () => {
  expect(resolutionsOf(Uint8Array.from(HEADER.slice(0, START - 4)))).toBeUndefined();
  expect(resolutionsOf(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0]))).toBeUndefined();
  expect(resolutionsOf(new Uint8Array())).toBeUndefined();
});
