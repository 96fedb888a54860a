/** A protocol from JSON; what does not fit is refused with its place. */
import { MOST_COLUMNS, MOST_ROWS, type Slab } from "../layout/layout";
import { type PresetName, usualWindow } from "../tools/window-presets";
import {
  type CellRule,
  PROTOCOL_VERSION,
  type Protocol,
  type RuleSettings,
  SERIES_ATTRIBUTES,
  type Selector,
  type SeriesCondition,
  STUDY_ATTRIBUTES,
  type Stage,
  type StudyCondition,
  type Test,
} from "./protocol";

const MOST_STAGES = 32;

export function protocolToJson(protocol: Protocol): string {
  return JSON.stringify(protocol, null, 2);
}

export function protocolFromJson(json: string): Protocol {
  return protocolFrom(JSON.parse(json));
}

/** Return the protocol that plain data describe. Throws a SyntaxError that names the first thing that does not fit. */
export function protocolFrom(value: unknown): Protocol {
  const given = record(value, "protocol");
  only(given, "protocol", ["version", "name", "when", "stages"]);
  if (given.version !== PROTOCOL_VERSION) throw misfit("version", given.version, String(PROTOCOL_VERSION));
  const stages = list(given.stages, "stages");
  if (stages.length === 0 || stages.length > MOST_STAGES) throw misfit("stages", stages.length, `1 to ${MOST_STAGES}`);
  return {
    version: PROTOCOL_VERSION,
    name: words(given.name, "name"),
    when: list(given.when, "when").map((one, index) => studyCondition(one, `when[${index}]`)),
    stages: stages.map((one, index) => stage(one, `stages[${index}]`)),
  };
}

function stage(value: unknown, place: string): Stage {
  const given = record(value, place);
  only(given, place, ["name", "rows", "columns", "cells", "links"]);
  const rows = whole(given.rows, `${place}.rows`, 1, MOST_ROWS);
  const columns = whole(given.columns, `${place}.columns`, 1, MOST_COLUMNS);
  const cells = list(given.cells, `${place}.cells`);
  if (cells.length !== rows * columns) throw misfit(`${place}.cells`, cells.length, `${rows * columns} cells`);
  const links = record(given.links, `${place}.links`);
  return {
    name: words(given.name, `${place}.name`),
    rows,
    columns,
    cells: cells.map((one, index) => (one === null ? null : cellRule(one, `${place}.cells[${index}]`, index))),
    links: {
      scroll: truth(links.scroll, `${place}.links.scroll`),
      window: truth(links.window, `${place}.links.window`),
      zoom: truth(links.zoom, `${place}.links.zoom`),
    },
  };
}

function cellRule(value: unknown, place: string, index: number): CellRule {
  const given = record(value, place);
  only(given, place, ["prior", "series", "like", "kind", "settings", "isNeeded"]);
  return {
    prior: whole(given.prior, `${place}.prior`, 0, 9),
    series: selector(given.series, `${place}.series`),
    // A cell can only be like one before it.
    ...(given.like !== undefined && { like: whole(given.like, `${place}.like`, 0, index - 1) }),
    kind: oneOf(given.kind, ["stack", "plane", "solid"] as const, `${place}.kind`),
    settings: settings(given.settings, `${place}.settings`),
    ...(given.isNeeded !== undefined && { isNeeded: truth(given.isNeeded, `${place}.isNeeded`) }),
  };
}

function selector(value: unknown, place: string): Selector {
  const given = record(value, place);
  only(given, place, ["required", "preferred", "nth"]);
  const conditions = (name: "required" | "preferred") =>
    list(given[name], `${place}.${name}`).map((one, index) => seriesCondition(one, `${place}.${name}[${index}]`));
  return {
    required: conditions("required"),
    preferred: conditions("preferred"),
    ...(given.nth !== undefined && { nth: whole(given.nth, `${place}.nth`, 0, 99) }),
  };
}

function studyCondition(value: unknown, place: string): StudyCondition {
  const given = record(value, place);
  only(given, place, ["of", "test", "isNot", "isRequired"]);
  return {
    of: oneOf(given.of, STUDY_ATTRIBUTES, `${place}.of`),
    test: test(given.test, `${place}.test`),
    ...flag(given, "isNot", place),
    ...flag(given, "isRequired", place),
  };
}

function seriesCondition(value: unknown, place: string): SeriesCondition {
  const given = record(value, place);
  only(given, place, ["of", "test", "isNot"]);
  return {
    of: oneOf(given.of, SERIES_ATTRIBUTES, `${place}.of`),
    test: test(given.test, `${place}.test`),
    ...flag(given, "isNot", place),
  };
}

function flag<Name extends string>(given: Record<string, unknown>, name: Name, place: string) {
  return (given[name] === undefined ? {} : { [name]: truth(given[name], `${place}.${name}`) }) as {
    [K in Name]?: boolean;
  };
}

function test(value: unknown, place: string): Test {
  const given = record(value, place);
  const [name, ...more] = Object.keys(given);
  if (more.length > 0) throw misfit(place, value, "one test");
  if (name === "is")
    return { is: list(given.is, `${place}.is`).map((one, index) => words(one, `${place}.is[${index}]`)) };
  if (name === "like") return { like: words(given.like, `${place}.like`) };
  if (name === "atLeast") return { atLeast: real(given.atLeast, `${place}.atLeast`) };
  if (name === "atMost") return { atMost: real(given.atMost, `${place}.atMost`) };
  throw misfit(place, value, "is, like, atLeast or atMost");
}

/** How each setting is read; a setting that is not in this table is refused. */
const SETTINGS: { [Name in keyof Required<RuleSettings>]: (value: unknown, place: string) => RuleSettings[Name] } = {
  plane: (value, place) => oneOf(value, ["acquisition", "axial", "coronal", "sagittal"] as const, place),
  slab: slabFrom,
  rendering: words,
  window: windowFrom,
  fusion: fusionFrom,
  isInverted: truth,
  rotation_deg: real,
  isFlippedHorizontally: truth,
  isFlippedVertically: truth,
  isMammogram: truth,
};

function settings(value: unknown, place: string): RuleSettings {
  const entries = Object.entries(record(value, place)).map(([name, setting]) => {
    if (!Object.hasOwn(SETTINGS, name)) throw misfit(`${place}.${name}`, setting, "no such setting");
    return [name, SETTINGS[name as keyof RuleSettings](setting, `${place}.${name}`)];
  });
  return Object.fromEntries(entries) as RuleSettings;
}

function slabFrom(value: unknown, place: string): Slab {
  const given = record(value, place);
  return {
    projection: oneOf(given.projection, ["maximum", "minimum", "average"] as const, `${place}.projection`),
    thickness_mm: positive(given.thickness_mm, `${place}.thickness_mm`),
  };
}

function windowFrom(value: unknown, place: string): NonNullable<RuleSettings["window"]> {
  const given = record(value, place);
  if (given.preset === undefined) {
    return { center: real(given.center, `${place}.center`), width: positive(given.width, `${place}.width`) };
  }
  const name = words(given.preset, `${place}.preset`) as PresetName;
  if (!usualWindow(name)) throw misfit(`${place}.preset`, name, "the name of a window");
  return { preset: name };
}

function fusionFrom(value: unknown, place: string): NonNullable<RuleSettings["fusion"]> {
  const given = record(value, place);
  const opacity = real(given.opacity, `${place}.opacity`);
  if (opacity < 0 || opacity > 1) throw misfit(`${place}.opacity`, opacity, "0 to 1");
  return {
    series: selector(given.series, `${place}.series`),
    colourMap: words(given.colourMap, `${place}.colourMap`),
    opacity,
  };
}

function only(given: Record<string, unknown>, place: string, known: readonly string[]): void {
  const strange = Object.keys(given).find((name) => !known.includes(name));
  if (strange !== undefined) throw misfit(`${place}.${strange}`, given[strange], `only ${known.join(", ")}`);
}

function record(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw misfit(place, value, "an object");
  return value as Record<string, unknown>;
}

function list(value: unknown, place: string): unknown[] {
  if (!Array.isArray(value)) throw misfit(place, value, "a list");
  return value;
}

function oneOf<T extends string>(value: unknown, names: readonly T[], place: string): T {
  const found = names.find((name) => name === value);
  if (found === undefined) throw misfit(place, value, names.join(", "));
  return found;
}

function whole(value: unknown, place: string, least: number, most: number): number {
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > most) {
    throw misfit(place, value, most < least ? "nothing here" : `a whole number from ${least} to ${most}`);
  }
  return value as number;
}

function real(value: unknown, place: string): number {
  if (!Number.isFinite(value)) throw misfit(place, value, "a number");
  return value as number;
}

function positive(value: unknown, place: string): number {
  if (real(value, place) <= 0) throw misfit(place, value, "a number above 0");
  return value as number;
}

function truth(value: unknown, place: string): boolean {
  if (typeof value !== "boolean") throw misfit(place, value, "true or false");
  return value;
}

function words(value: unknown, place: string): string {
  if (typeof value !== "string" || value.trim() === "") throw misfit(place, value, "a text");
  return value;
}

function misfit(place: string, found: unknown, expected: string): SyntaxError {
  return new SyntaxError(`In this hanging protocol ${place} is ${JSON.stringify(found)}; expected: ${expected}.`);
}
