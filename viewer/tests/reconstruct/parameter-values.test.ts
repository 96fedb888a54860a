import { expect, test } from "vitest";
import { sayIn } from "../../src/language/words";
import { formatBytes } from "../../src/reconstruct/format-bytes";
import {
  byGroup,
  changedWords,
  complaint,
  defaultTexts,
  parameterValues,
  rangeText,
} from "../../src/reconstruct/parameter-values";
import type { Parameter } from "../../src/reconstruct/reconstruct-api";
import { WORDS } from "../../src/reconstruct/words";

function parameter(name: string, value: number | string | boolean, change: Partial<Parameter> = {}): Parameter {
  return { name, default: value, help: "", unit: "1", minimum: null, maximum: null, choices: [], group: "", ...change };
}

const STEPS = parameter("n_iterations", 20, { minimum: 1, maximum: 200 });

test("values keep the kind of their default", () => {
  const parameters = [STEPS, parameter("filter", "hann"), parameter("is_kept", true)];
  expect(parameterValues(parameters, { n_iterations: " 5e1", filter: "7", is_kept: "false" })).toEqual({
    n_iterations: 50,
    filter: "7",
    is_kept: false,
  });
  expect(parameterValues(parameters, defaultTexts(parameters))).toEqual({
    n_iterations: 20,
    filter: "hann",
    is_kept: true,
  });
});

test("numbers out of range and text for numbers are refused", () => {
  expect(["0", "201", "", "many", "200"].map((given) => complaint(STEPS, given, sayIn(WORDS, "en")))).toEqual([
    "At least 1.",
    "At most 200.",
    "A number is needed here.",
    "A number is needed here.",
    "",
  ]);
});

test("range and unit are said together", () => {
  expect(rangeText(parameter("width", 1, { minimum: 0.5, maximum: 9, unit: "mm" }), sayIn(WORDS, "en"))).toBe(
    "0.5 to 9 mm",
  );
  expect(rangeText(parameter("width", 1, { minimum: 0 }), sayIn(WORDS, "de"))).toBe("mindestens 0");
  expect(rangeText(parameter("width", 1), sayIn(WORDS, "en"))).toBe("");
});

test("bytes are shown with three digits", () => {
  expect([0, 999, 1000, 1234567, 999_600].map(formatBytes)).toEqual([
    "0 bytes",
    "999 bytes",
    "1.00 kB",
    "1.23 MB",
    "1.00 MB",
  ]);
});

test("parameters stand by their groups, those of none in front", () => {
  const parameters = [parameter("fov_mm", 0, { group: "region" }), STEPS, parameter("rings", false, { group: "fix" })];
  expect(byGroup(parameters).map(([group, found]) => [group, found.map(({ name }) => name)])).toEqual([
    ["", ["n_iterations"]],
    ["region", ["fov_mm"]],
    ["fix", ["rings"]],
  ]);
});

test("what differs from the defaults is told in words", () => {
  const parameters = [
    STEPS,
    parameter("slice_thickness_mm", 0),
    parameter("rings", false),
    parameter("window", "hann"),
  ];
  const values = { n_iterations: 20, slice_thickness_mm: 5, rings: true, window: "ram-lak" };
  expect(changedWords(parameters, values)).toEqual(["slice thickness 5", "rings", "window ram-lak"]);
});
