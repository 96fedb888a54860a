/** An ICC profile that says sRGB, as colour presentation states need one. Source: ICC.1:2001-04; IEC 61966-2-1. */

const HEADER_BYTES = 128;
/** sRGB primaries and D50 white, adapted by Bradford, in CIE XYZ. */
const XYZ = {
  wtpt: [0.9642, 1, 0.8249],
  rXYZ: [0.4360747, 0.2225045, 0.0139322],
  gXYZ: [0.3850649, 0.7168786, 0.0971045],
  bXYZ: [0.1430804, 0.0606169, 0.7141733],
} as const;
const GAMMA = 2.2;

/** Return the profile as base64. */
export function srgbProfile(): string {
  const tags: [string, number[]][] = [
    ["desc", description("sRGB")],
    ["cprt", [...ascii("text"), 0, 0, 0, 0, ...ascii("No copyright"), 0]],
    ...Object.entries(XYZ).map(([name, xyz]): [string, number[]] => [
      name,
      [...ascii("XYZ "), 0, 0, 0, 0, ...xyz.flatMap(fixed)],
    ]),
    ...["rTRC", "gTRC", "bTRC"].map((name): [string, number[]] => [name, curve()]),
  ];
  const table: number[] = [...long(tags.length)];
  const data: number[] = [];
  const start = HEADER_BYTES + 4 + 12 * tags.length;
  for (const [name, content] of tags) {
    table.push(...ascii(name), ...long(start + data.length), ...long(content.length));
    data.push(...content, ...new Array<number>((4 - (content.length % 4)) % 4).fill(0));
  }
  const bytes = [...header(start + data.length), ...table, ...data];
  return btoa(String.fromCharCode(...bytes));
}

function header(size: number): number[] {
  const bytes = new Array<number>(HEADER_BYTES).fill(0);
  const put = (at: number, values: readonly number[]) => bytes.splice(at, values.length, ...values);
  put(0, long(size));
  put(8, [2, 0x40, 0, 0]);
  put(12, ascii("mntrRGB XYZ "));
  put(
    24,
    [2026, 1, 1, 0, 0, 0].flatMap((value) => [value >> 8, value & 255]),
  );
  put(36, ascii("acsp"));
  put(68, XYZ.wtpt.flatMap(fixed));
  return bytes;
}

function description(text: string): number[] {
  const unused = new Array<number>(4 + 4 + 2 + 1 + 67).fill(0);
  return [...ascii("desc"), 0, 0, 0, 0, ...long(text.length + 1), ...ascii(text), 0, ...unused];
}

function curve(): number[] {
  const gamma = Math.round(GAMMA * 256);
  return [...ascii("curv"), 0, 0, 0, 0, ...long(1), gamma >> 8, gamma & 255];
}

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}

function long(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function fixed(value: number): number[] {
  return long(Math.round(value * 65536));
}
