/** A layout as JSON text and back; what does not fit is refused with its place in the text. */
import { type Cell, emptyLayout, type Framing, type Fusion, type Layout, type Settings, type Slab } from "./layout";

const VERSION = 1;

export function layoutToJson(layout: Layout): string {
  return JSON.stringify({ version: VERSION, ...layout });
}

/** Return the layout that a text describes. Throws a SyntaxError that names the first thing that does not fit. */
export function layoutFromJson(json: string): Layout {
  const given = record(JSON.parse(json), "layout");
  if (given.version !== VERSION) throw misfit("version", given.version, String(VERSION));
  const empty = emptyLayout(whole(given.rows, "rows"), whole(given.columns, "columns"));
  if (!Array.isArray(given.cells) || given.cells.length !== empty.cells.length) {
    throw misfit("cells", given.cells, `a list of ${empty.cells.length}`);
  }
  const active = whole(given.active, "active");
  if (active < 0 || active >= empty.cells.length) throw misfit("active", active, `0 to ${empty.cells.length - 1}`);
  const links = record(given.links, "links");
  return {
    ...empty,
    cells: given.cells.map((cell, index) => (cell === null ? null : cellFrom(cell, `cells[${index}]`))),
    active,
    isMaximised: truth(given.isMaximised, "isMaximised"),
    links: {
      scroll: truth(links.scroll, "links.scroll"),
      window: truth(links.window, "links.window"),
      zoom: truth(links.zoom, "links.zoom"),
    },
  };
}

function cellFrom(value: unknown, place: string): Cell {
  const given = record(value, place);
  return {
    studyUid: uid(given.studyUid, `${place}.studyUid`),
    seriesUid: uid(given.seriesUid, `${place}.seriesUid`),
    ...(given.instanceUids !== undefined && { instanceUids: uids(given.instanceUids, `${place}.instanceUids`) }),
    kind: oneOf(given.kind, ["stack", "plane", "solid"] as const, `${place}.kind`),
    settings: settingsFrom(given.settings, `${place}.settings`),
  };
}

/** How each setting is read; a setting that is not in this table is refused. */
const SETTINGS: { [Name in keyof Required<Settings>]: (value: unknown, place: string) => Settings[Name] } = {
  drawnBy: (value, place) => oneOf(value, ["here", "server"] as const, place),
  plane: (value, place) => oneOf(value, ["acquisition", "axial", "coronal", "sagittal"] as const, place),
  slab: slabFrom,
  fusion: fusionFrom,
  rendering: words,
  window: (value, place) => {
    const given = record(value, place);
    return { center: real(given.center, `${place}.center`), width: positive(given.width, `${place}.width`) };
  },
  isInverted: truth,
  rotation_deg: real,
  isFlippedHorizontally: truth,
  isFlippedVertically: truth,
  framing: framingFrom,
};

function settingsFrom(value: unknown, place: string): Settings {
  const entries = Object.entries(record(value, place)).map(([name, setting]) => {
    if (!Object.hasOwn(SETTINGS, name)) throw misfit(`${place}.${name}`, setting, "no such setting");
    return [name, SETTINGS[name as keyof Settings](setting, `${place}.${name}`)];
  });
  return Object.fromEntries(entries) as Settings;
}

function slabFrom(value: unknown, place: string): Slab {
  const given = record(value, place);
  return {
    projection: oneOf(given.projection, ["maximum", "minimum", "average"] as const, `${place}.projection`),
    thickness_mm: positive(given.thickness_mm, `${place}.thickness_mm`),
  };
}

function framingFrom(value: unknown, place: string): Framing {
  const given = record(value, place);
  return {
    width_mm: positive(given.width_mm, `${place}.width_mm`),
    height_mm: positive(given.height_mm, `${place}.height_mm`),
    ...(given.edge !== undefined && { edge: oneOf(given.edge, ["left", "right"] as const, `${place}.edge`) }),
  };
}

function fusionFrom(value: unknown, place: string): Fusion {
  const given = record(value, place);
  const opacity = real(given.opacity, `${place}.opacity`);
  if (opacity < 0 || opacity > 1) throw misfit(`${place}.opacity`, opacity, "0 to 1");
  return {
    seriesUid: uid(given.seriesUid, `${place}.seriesUid`),
    ...(given.studyUid !== undefined && { studyUid: uid(given.studyUid, `${place}.studyUid`) }),
    colourMap: words(given.colourMap, `${place}.colourMap`),
    opacity,
  };
}

function record(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw misfit(place, value, "an object");
  return value as Record<string, unknown>;
}

function oneOf<T extends string>(value: unknown, names: readonly T[], place: string): T {
  const found = names.find((name) => name === value);
  if (found === undefined) throw misfit(place, value, names.join(", "));
  return found;
}

function whole(value: unknown, place: string): number {
  if (!Number.isInteger(value)) throw misfit(place, value, "a whole number");
  return value as number;
}

function real(value: unknown, place: string): number {
  if (!Number.isFinite(value)) throw misfit(place, value, "a number");
  return value as number;
}

function positive(value: unknown, place: string): number {
  const number = real(value, place);
  if (number <= 0) throw misfit(place, value, "a number above 0");
  return number;
}

function truth(value: unknown, place: string): boolean {
  if (typeof value !== "boolean") throw misfit(place, value, "true or false");
  return value;
}

function words(value: unknown, place: string): string {
  if (typeof value !== "string" || value === "") throw misfit(place, value, "a text");
  return value;
}

function uids(value: unknown, place: string): string[] {
  if (!Array.isArray(value) || value.length === 0) throw misfit(place, value, "a list of UIDs");
  return value.map((one, index) => uid(one, `${place}[${index}]`));
}

/** Source: DICOM PS3.5 sec. 9.1 (UIDs): digits and dots, at most 64 of them. */
function uid(value: unknown, place: string): string {
  if (typeof value !== "string" || !/^[0-9.]{1,64}$/.test(value)) throw misfit(place, value, "a UID");
  return value;
}

function misfit(place: string, found: unknown, expected: string): SyntaxError {
  return new SyntaxError(`In this layout ${place} is ${JSON.stringify(found)}; expected: ${expected}.`);
}
