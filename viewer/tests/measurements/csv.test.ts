import { expect, test } from "vitest";
import { csvOf } from "../../src/measurements/csv";
import { example } from "./examples";

test("there is one line for each number, with its unit", () => {
  const lines = csvOf([example("EllipticalROI")]).split("\r\n");
  expect(lines).toHaveLength(4);
  expect(lines[1]).toContain("Area,,123.456789012345,mm2");
  expect(lines[2]).toContain("Attenuation Coefficient,Mean,-12.345678901234567,[hnsf'U]");
});

test("quotes are doubled, and a label is never a formula", () => {
  expect(csvOf([example("Length")])).toContain('"A Length, ""größer"" than before"');
  expect(csvOf([example("Length", { label: "=1+1" })])).toContain(",'=1+1,");
});
