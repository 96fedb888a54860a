import { expect, test } from "vitest";
import { drawColour, drawGrey, fitted, fullRange, valuesOf } from "../../src/first-light/drawing";

const TWELVE_BITS = {
  columns: 2,
  rows: 2,
  bitsAllocated: 16,
  bitsStored: 12,
  highBit: 11,
  slope: 2,
  intercept: -10,
} as const;

function screen(width: number, height: number): ImageData {
  return { width, height, data: new Uint8ClampedArray(4 * width * height), colorSpace: "srgb" } as ImageData;
}

test("samples of twelve bits lose what stands above them, and keep their sign", () => {
  const words = new Uint16Array([0x0fff, 0xf001, 0x0800, 0x0005]);
  const bytes = new Uint8Array(words.buffer);
  expect([...valuesOf(bytes, { ...TWELVE_BITS, isSigned: false })]).toEqual([8180, -8, 4086, 0]);
  expect([...valuesOf(bytes, { ...TWELVE_BITS, isSigned: true })]).toEqual([-12, -8, -4106, 0]);
});

test("a frame that is too short is refused", () => {
  expect(() => valuesOf(new Uint8Array(7), { ...TWELVE_BITS, isSigned: false })).toThrow(
    /2 x 2 pixels came with 7 bytes/,
  );
});

test("an image fills its place in one direction and lies in the middle of the other", () => {
  expect(fitted({ width: 200, height: 100 }, 400, 400)).toEqual({ left: 0, top: 100, width: 400, height: 200 });
});

test("a window maps its ends to black and white, and MONOCHROME1 the other way round", () => {
  const values = new Float32Array([-50, 0, 60, 100]);
  const [plain, inverse] = [screen(4, 1), screen(4, 1)];
  const place = { left: 0, top: 0, width: 4, height: 1 };
  drawGrey(plain, values, { columns: 4, rows: 1 }, place, { lower: 0, upper: 100 }, false);
  drawGrey(inverse, values, { columns: 4, rows: 1 }, place, { lower: 0, upper: 100 }, true);
  const reds = ({ data }: ImageData) => [...data].filter((_, at) => at % 4 === 0);
  expect(reds(plain)).toEqual([0, 0, 153, 255]);
  expect(reds(inverse)).toEqual([255, 255, 102, 0]);
});

test("between the centres of two pixels lie their shares", () => {
  const target = screen(4, 1);
  const picture = { ...screen(2, 1), data: new Uint8ClampedArray([0, 0, 0, 255, 200, 100, 40, 255]) } as ImageData;
  drawColour(target, picture, { left: 0, top: 0, width: 4, height: 1 });
  expect([...target.data.slice(4, 8)]).toEqual([50, 25, 10, 255]);
  expect([...target.data.slice(12, 16)]).toEqual([200, 100, 40, 255]);
});

test("without a window the darkest and the brightest value are its ends", () => {
  expect(fullRange(new Float32Array([3, -2, 7]))).toEqual({ lower: -2, upper: 7 });
});
