/** Numbers as decimal strings of at most 16 characters. Source: DICOM PS3.5 sec. 6.2 (DS). */

const MAX_LENGTH = 16;

/** Return the number nearest to `value` that a decimal string can hold, as text. */
export function decimalString(value: number): string {
  for (let digits = 16; digits > 0; digits -= 1) {
    const written = String(Number(value.toPrecision(digits)));
    if (written.length <= MAX_LENGTH) return written;
  }
  throw new RangeError(`${value} has no decimal string.`);
}
