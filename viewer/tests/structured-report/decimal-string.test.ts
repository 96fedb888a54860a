import { expect, test } from "vitest";
import { decimalString } from "../../src/structured-report/decimal-string";

test.each([0, 1, -1024, 0.1, 1 / 3, -12345.678901234567, 1e-9 / 3, 6.02214076e23, -1.25e-300])(
  "%d fits into 16 characters and loses at most one in 10^9",
  (value) => {
    const written = decimalString(value);
    expect(written.length).toBeLessThanOrEqual(16);
    expect(Math.abs(Number(written) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-9);
  },
);
