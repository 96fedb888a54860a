/** Short words for writing the built-in protocols. */
import { NO_LINKS } from "../../layout/layout";
import type {
  CellRule,
  Protocol,
  RuleSettings,
  Selector,
  SeriesAttribute,
  SeriesCondition,
  Stage,
  StudyAttribute,
  StudyCondition,
} from "../protocol";

export function studyIs(of: StudyAttribute, ...is: string[]): StudyCondition {
  return { of, test: { is }, isRequired: true };
}

export function studyLike(of: StudyAttribute, like: string): StudyCondition {
  return { of, test: { like }, isRequired: true };
}

/** Counts towards the score, and is not required. */
export function perhaps(condition: StudyCondition): StudyCondition {
  const { of, test } = condition;
  return { of, test };
}

export const HAS_PRIOR: StudyCondition = { of: "nPriors", test: { atLeast: 1 }, isRequired: true };

export function is(of: SeriesAttribute, ...values: string[]): SeriesCondition {
  return { of, test: { is: values } };
}

export function like(of: SeriesAttribute, pattern: string): SeriesCondition {
  return { of, test: { like: pattern } };
}

export function not(condition: SeriesCondition): SeriesCondition {
  return { ...condition, isNot: true };
}

export function atLeast(of: SeriesAttribute, n: number): SeriesCondition {
  return { of, test: { atLeast: n } };
}

export function atMost(of: SeriesAttribute, n: number): SeriesCondition {
  return { of, test: { atMost: n } };
}

export function select(required: SeriesCondition[], preferred: SeriesCondition[] = [], nth = 0): Selector {
  return { required, preferred, ...(nth > 0 && { nth }) };
}

export function stack(series: Selector, settings: RuleSettings = {}, more: Partial<CellRule> = {}): CellRule {
  return { prior: 0, series, kind: "stack", settings, ...more };
}

export function needed(rule: CellRule): CellRule {
  return { ...rule, isNeeded: true };
}

/** The same kind of picture from the newest prior. */
export function before(rule: CellRule, likeCell: number): CellRule {
  return { ...rule, prior: 1, like: likeCell };
}

export function grid(name: string, rows: number, columns: number, cells: (CellRule | null)[], links = {}): Stage {
  return { name, rows, columns, cells, links: { ...NO_LINKS, ...links } };
}

export function protocol(name: string, when: StudyCondition[], stages: Stage[]): Protocol {
  return { version: 1, name, when, stages };
}
