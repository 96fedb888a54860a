/**
 * Colours of segments between sRGB and the CIELab of DICOM, which is relative to D50.
 *
 * Source: DICOM PS3.3 sec. C.10.7.1.1 (scaling to 16 bits); IEC 61966-2-1 (sRGB); Bradford adaptation D65 to D50.
 */
export type Rgb = readonly [number, number, number];
export type Cielab = readonly [number, number, number];

const D50 = [0.96422, 1, 0.82521] as const;
/** Linear sRGB to XYZ under D50. */
const TO_XYZ = [
  [0.4360747, 0.3850649, 0.1430804],
  [0.2225045, 0.7168786, 0.0606169],
  [0.0139322, 0.0971045, 0.7141733],
] as const;
const FROM_XYZ = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const;
/** L* runs from 0 to 100, a* and b* from -128 to 127; each over 0 to 65535. */
const LIGHTNESS_STEP = 65535 / 100;
const CHROMA_STEP = 65535 / 255;
const EPSILON = (6 / 29) ** 3;

/** Return the stored values of a colour, 0 to 65535 each. */
export function cielabOf(rgb: Rgb): Cielab {
  const linear = rgb.map((value) => toLinear(value / 255));
  const [x, y, z] = TO_XYZ.map((row, axis) => bend(sum(row, linear) / (D50[axis] ?? 1))) as [number, number, number];
  const [l, a, b] = [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  const stored = (value: number) => Math.min(65535, Math.max(0, Math.round(value)));
  return [stored(l * LIGHTNESS_STEP), stored((a + 128) * CHROMA_STEP), stored((b + 128) * CHROMA_STEP)];
}

/** Return the colour of stored values, 0 to 255 each; what sRGB does not have is cut off. */
export function rgbOf([l, a, b]: Cielab): Rgb {
  const y = (l / LIGHTNESS_STEP + 16) / 116;
  const x = y + (a / CHROMA_STEP - 128) / 500;
  const z = y - (b / CHROMA_STEP - 128) / 200;
  const xyz = [x, y, z].map((value, axis) => unbend(value) * (D50[axis] ?? 1));
  const shown = (value: number) => Math.round(255 * Math.min(1, Math.max(0, fromLinear(value))));
  const [red, green, blue] = FROM_XYZ.map((row) => shown(sum(row, xyz)));
  return [red ?? 0, green ?? 0, blue ?? 0];
}

function sum(row: readonly number[], values: readonly number[]): number {
  return row.reduce((total, factor, index) => total + factor * (values[index] ?? 0), 0);
}

function bend(t: number): number {
  return t > EPSILON ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29;
}

function unbend(t: number): number {
  return t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29);
}

function toLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}
