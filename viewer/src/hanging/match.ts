/** From studies to a layout: which protocol is meant and which series goes where, each with its reasons. */
import { type Cell, emptyLayout, type Layout, type Settings } from "../layout/layout";
import { rangeOf, windowOf } from "../tools/window";
import { usualWindow } from "../tools/window-presets";
import { type Judged, judgeSeries, judgeStudy, valuesOfSeries } from "./conditions";
import type { SeriesFacts, StudyFacts } from "./facts";
import { chestWallEdge, sizeOnScreen_mm, turnedForReading } from "./mammography";
import {
  type CellRule,
  type KnownProtocol,
  ORIGINS,
  type RuleSettings,
  type Selector,
  type SeriesAttribute,
  type SeriesCondition,
  type Stage,
  type StudyCondition,
} from "./protocol";

/** The study that is read and its priors, the newest first. */
export interface Studies {
  study: StudyFacts;
  priors: readonly StudyFacts[];
}

/** What was found of a protocol. */
export interface ProtocolVerdict {
  known: KnownProtocol;
  /** All that is required holds and some stage shows something. */
  fits: boolean;
  /** How many conditions hold. */
  score: number;
  judged: readonly Judged<StudyCondition>[];
  /** Indices of the stages that show something. */
  stages: readonly number[];
}

/** What was found of one series for one cell. */
export interface Candidate {
  series: SeriesFacts;
  required: readonly Judged<SeriesCondition>[];
  preferred: readonly Judged<SeriesCondition>[];
  /** Attributes in which it is like the series of the cell that it should resemble. */
  alike: readonly SeriesAttribute[];
  fits: boolean;
}

export interface CellVerdict {
  rule: CellRule | null;
  chosen: SeriesFacts | undefined;
  /** What is laid over it. */
  over: SeriesFacts | undefined;
  /** The best first; empty when there is no such study. */
  candidates: readonly Candidate[];
  hasStudy: boolean;
}

export interface HungStage {
  layout: Layout;
  cells: readonly CellVerdict[];
}

/** What makes two series comparable, the most telling first. */
const ALIKE: readonly SeriesAttribute[] = [
  "modality",
  "laterality",
  "view",
  "plane",
  "bodyPart",
  "contrast",
  "description",
  "protocolName",
  "kernel",
  "thickness_mm",
];

/** Return all protocols, those that fit first: one's own, the site's, the built-in ones, each by score. */
export function judgeProtocols(protocols: readonly KnownProtocol[], studies: Studies): ProtocolVerdict[] {
  const verdicts = protocols.map((known) => verdictOn(known, studies));
  const rank = ({ fits, known }: ProtocolVerdict) => (fits ? 0 : ORIGINS.length) + ORIGINS.indexOf(known.origin);
  return verdicts
    .map((verdict, order) => ({ verdict, order }))
    .sort((a, b) => rank(a.verdict) - rank(b.verdict) || b.verdict.score - a.verdict.score || a.order - b.order)
    .map(({ verdict }) => verdict);
}

function verdictOn(known: KnownProtocol, studies: Studies): ProtocolVerdict {
  const { when, stages: rules } = known.protocol;
  const judged = when.map((condition) => judgeStudy(condition, studies.study, studies.priors.length));
  const isMeant = judged.every(({ condition, holds }) => holds || !condition.isRequired);
  const stages = isMeant ? rules.flatMap((stage, index) => (isShowing(hungStage(stage, studies)) ? [index] : [])) : [];
  const score = judged.filter(({ holds }) => holds).length;
  return { known, judged, score, stages, fits: isMeant && stages.length > 0 };
}

function isShowing({ cells }: HungStage): boolean {
  const isLacking = cells.some(
    ({ rule, chosen, over }) => rule?.isNeeded && (!chosen || (rule.settings.fusion && !over)),
  );
  return !isLacking && cells.some(({ chosen }) => chosen);
}

/** Return the layout of a stage, and for each cell why that series. */
export function hungStage(stage: Stage, studies: Studies): HungStage {
  const verdicts: CellVerdict[] = [];
  for (const rule of stage.cells) verdicts.push(cellVerdict(rule, studies, verdicts));
  const field = commonField_mm(verdicts);
  const cells = verdicts.map((verdict) => cellOf(verdict, field));
  const first = cells.findIndex((cell) => cell?.studyUid === studies.study.uid);
  const layout = { ...emptyLayout(stage.rows, stage.columns), cells, links: stage.links, active: Math.max(0, first) };
  return { layout, cells: verdicts };
}

function cellVerdict(rule: CellRule | null, studies: Studies, before: readonly CellVerdict[]): CellVerdict {
  const study = rule && studyOf(rule, studies);
  if (!rule || !study) return { rule, chosen: undefined, over: undefined, candidates: [], hasStudy: false };
  const model = rule.like === undefined ? undefined : before[rule.like]?.chosen;
  const candidates = ranked(rule.series, study.series, model);
  const chosen = candidates.filter(({ fits }) => fits)[rule.series.nth ?? 0]?.series;
  const over = chosen && overOf(rule, chosen, study);
  return { rule, chosen, over, candidates, hasStudy: true };
}

function studyOf({ prior }: CellRule, { study, priors }: Studies): StudyFacts | undefined {
  return prior === 0 ? study : priors[prior - 1];
}

/** Return what was found of every series, the best first; what does not fit comes last. */
export function ranked(selector: Selector, all: readonly SeriesFacts[], model?: SeriesFacts): Candidate[] {
  const candidates = all.map((series): Candidate => {
    const required = selector.required.map((condition) => judgeSeries(condition, series));
    return {
      series,
      required,
      preferred: selector.preferred.map((condition) => judgeSeries(condition, series)),
      alike: model ? ALIKE.filter((of) => isAlike(of, series, model)) : [],
      fits: required.every(({ holds }) => holds),
    };
  });
  return candidates.sort(
    (a, b) => Number(b.fits) - Number(a.fits) || byPreference(a, b) || byLikeness(a, b) || byNumber(a.series, b.series),
  );
}

function byPreference(a: Candidate, b: Candidate): number {
  const at = a.preferred.findIndex(({ holds }, index) => holds !== b.preferred[index]?.holds);
  return at < 0 ? 0 : a.preferred[at]?.holds ? -1 : 1;
}

function byLikeness(a: Candidate, b: Candidate): number {
  const of = ALIKE.find((attribute) => a.alike.includes(attribute) !== b.alike.includes(attribute));
  return of === undefined ? 0 : a.alike.includes(of) ? -1 : 1;
}

function byNumber(a: SeriesFacts, b: SeriesFacts): number {
  return a.number - b.number || a.seriesUid.localeCompare(b.seriesUid);
}

function isAlike(of: SeriesAttribute, a: SeriesFacts, b: SeriesFacts): boolean {
  const text = (series: SeriesFacts) => valuesOfSeries(of, series).join("\\").toUpperCase();
  return text(a) !== "" && text(a) === text(b);
}

type Field = { width_mm: number; height_mm: number } | undefined;

/** Return the smallest field into which every breast of the stage fits, so that all have the same size. */
function commonField_mm(verdicts: readonly CellVerdict[]): Field {
  const sizes = verdicts.flatMap(({ rule, chosen }) => {
    if (!rule?.settings.isMammogram || !chosen) return [];
    const size = sizeOnScreen_mm(chosen, turnedForReading(chosen)?.rotation_deg ?? 0);
    return size ? [size] : [];
  });
  if (sizes.length === 0) return undefined;
  return {
    width_mm: Math.max(...sizes.map(({ width }) => width)),
    height_mm: Math.max(...sizes.map(({ height }) => height)),
  };
}

function cellOf({ rule, chosen, over }: CellVerdict, field: Field): Cell | null {
  if (!rule || !chosen) return null;
  const { studyUid, seriesUid, instanceUids } = chosen;
  const { window, fusion, isMammogram, ...plain } = rule.settings;
  const settings: Settings = {
    ...plain,
    ...shownWindow(window, chosen),
    ...(fusion &&
      over && { fusion: { seriesUid: over.seriesUid, colourMap: fusion.colourMap, opacity: fusion.opacity } }),
    ...(isMammogram && mammogramOf(chosen, field)),
  };
  return { studyUid, seriesUid, ...(instanceUids && { instanceUids }), kind: rule.kind, settings };
}

/** Return the window as a layout keeps it. Rules have it as readers say it: CT counts whole numbers. */
function shownWindow(window: RuleSettings["window"], { modality }: SeriesFacts): Pick<Settings, "window"> {
  const found = window && ("preset" in window ? usualWindow(window.preset) : window);
  return found ? { window: windowOf(rangeOf(found, modality !== "CT"), true) } : {};
}

/** Another series is laid over this one only where both lie in one frame of reference. */
function overOf(
  { settings: { fusion } }: CellRule,
  below: SeriesFacts,
  { series }: StudyFacts,
): SeriesFacts | undefined {
  if (!fusion) return undefined;
  const inPlace = series.filter(
    ({ seriesUid, frameOfReferenceUid }) =>
      seriesUid !== below.seriesUid && frameOfReferenceUid !== "" && frameOfReferenceUid === below.frameOfReferenceUid,
  );
  return ranked(fusion.series, inPlace).filter(({ fits }) => fits)[fusion.series.nth ?? 0]?.series;
}

function mammogramOf(series: SeriesFacts, field: Field): Settings {
  const turned = turnedForReading(series);
  const { laterality } = series;
  const edge = turned && (laterality === "R" || laterality === "L") ? chestWallEdge(laterality) : undefined;
  return { ...turned, ...(field && { framing: { ...field, ...(edge && { edge }) } }) };
}
