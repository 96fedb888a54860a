/** Hanging protocols as plain data: when one is meant, and what it puts where. Kept as JSON, see `protocol-json.ts`. */
import type { Links, Plane, Slab, ViewKind } from "../layout/layout";
import type { PresetName } from "../tools/window-presets";

export const PROTOCOL_VERSION = 1;

/** What is asked of a value; texts are compared without regard to case. */
export type Test =
  | { is: readonly string[] }
  /** Words with `*` for anything, alternatives between `|`; each must begin where a word begins. */
  | { like: string }
  | { atLeast: number }
  | { atMost: number };

export const STUDY_ATTRIBUTES = [
  "modality",
  "bodyPart",
  /** What body parts and the study's description say together: many devices leave one of them empty. */
  "region",
  "studyDescription",
  "seriesDescription",
  "laterality",
  "view",
  "nSeries",
  "nPriors",
] as const;
export type StudyAttribute = (typeof STUDY_ATTRIBUTES)[number];

export const SERIES_ATTRIBUTES = [
  "modality",
  "description",
  "protocolName",
  "bodyPart",
  "laterality",
  "view",
  "modifier",
  "plane",
  "imageType",
  "intent",
  "kernel",
  "contrast",
  "thickness_mm",
  "nImages",
  "nFrames",
  "number",
] as const;
export type SeriesAttribute = (typeof SERIES_ATTRIBUTES)[number];

/** Something that should hold: for any of the values, or with `isNot` for none of them. */
export interface Condition<Attribute extends string> {
  of: Attribute;
  test: Test;
  isNot?: boolean;
}
/** Without `isRequired` it only adds to the score. */
export type StudyCondition = Condition<StudyAttribute> & { isRequired?: boolean };
export type SeriesCondition = Condition<SeriesAttribute>;

/** Chooses a series: all that is required must hold; of what is preferred, the first counts more than all after it. */
export interface Selector {
  required: readonly SeriesCondition[];
  preferred: readonly SeriesCondition[];
  /** 0 for the best, 1 for the one after it. */
  nth?: number;
}

export interface RuleSettings {
  plane?: Plane;
  slab?: Slab;
  rendering?: string;
  window?: { preset: PresetName } | { center: number; width: number };
  fusion?: { series: Selector; colourMap: string; opacity: number };
  isInverted?: boolean;
  rotation_deg?: number;
  isFlippedHorizontally?: boolean;
  isFlippedVertically?: boolean;
  /** Turned, sized and pushed to the edge as breasts are read; what the picture itself says decides how. */
  isMammogram?: boolean;
}

export interface CellRule {
  /** 0: the study that is read; 1: the newest prior, 2: the one before it. */
  prior: number;
  series: Selector;
  /** Index of a cell of this stage whose series this one should resemble. */
  like?: number;
  kind: ViewKind;
  settings: RuleSettings;
  /** Without a series for it the stage is left out. */
  isNeeded?: boolean;
}

export interface Stage {
  name: string;
  rows: number;
  columns: number;
  /** Row after row; null stays empty. */
  cells: readonly (CellRule | null)[];
  links: Links;
}

export interface Protocol {
  version: typeof PROTOCOL_VERSION;
  name: string;
  when: readonly StudyCondition[];
  stages: readonly Stage[];
}

/** Whose a protocol is; earlier ones come first when several fit. */
export const ORIGINS = ["own", "site", "built-in"] as const;
export type Origin = (typeof ORIGINS)[number];

/** A protocol as the page knows it. */
export interface KnownProtocol {
  /** `built-in/ct-chest`, or `kept/12`. */
  id: string;
  origin: Origin;
  protocol: Protocol;
}
