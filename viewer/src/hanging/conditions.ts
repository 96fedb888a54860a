/** Whether conditions hold, with what was found: the ground of every explanation. */
import type { SeriesFacts, StudyFacts } from "./facts";
import type { Condition, SeriesAttribute, SeriesCondition, StudyAttribute, StudyCondition, Test } from "./protocol";

type Value = string | number;

export interface Judged<C extends Condition<string> = Condition<string>> {
  condition: C;
  holds: boolean;
  /** The values that were looked at. */
  found: readonly Value[];
}

const STUDY_VALUES: Record<StudyAttribute, (study: StudyFacts, nPriors: number) => readonly Value[]> = {
  modality: ({ series }) => series.map(({ modality }) => modality),
  bodyPart: ({ series }) => series.map(({ bodyPart }) => bodyPart),
  region: ({ series, description }) => [...series.map(({ bodyPart }) => bodyPart), description],
  studyDescription: ({ description }) => [description],
  seriesDescription: ({ series }) => series.map(({ description }) => description),
  laterality: ({ series }) => series.map(({ laterality }) => laterality),
  view: ({ series }) => series.map(({ view }) => view),
  nSeries: ({ series }) => [new Set(series.map(({ seriesUid }) => seriesUid)).size],
  nPriors: (_, nPriors) => [nPriors],
};

const SERIES_VALUES: Record<SeriesAttribute, (series: SeriesFacts) => readonly (Value | undefined)[]> = {
  modality: ({ modality }) => [modality],
  description: ({ description }) => [description],
  protocolName: ({ protocolName }) => [protocolName],
  bodyPart: ({ bodyPart }) => [bodyPart],
  laterality: ({ laterality }) => [laterality],
  view: ({ view }) => [view],
  modifier: ({ modifiers }) => modifiers,
  plane: ({ plane }) => [plane],
  imageType: ({ imageType }) => imageType,
  intent: ({ intent }) => [intent],
  kernel: ({ kernel }) => [kernel],
  contrast: ({ contrast }) => [contrast],
  thickness_mm: ({ thickness_mm }) => [thickness_mm],
  nImages: ({ nImages }) => [nImages],
  nFrames: ({ nFrames }) => [nFrames],
  number: ({ number }) => [number],
};

export function judgeStudy(condition: StudyCondition, study: StudyFacts, nPriors: number): Judged<StudyCondition> {
  return judged(condition, STUDY_VALUES[condition.of](study, nPriors));
}

export function judgeSeries(condition: SeriesCondition, series: SeriesFacts): Judged<SeriesCondition> {
  return judged(condition, SERIES_VALUES[condition.of](series));
}

/** Return what a series says of an attribute, for comparing it with another. */
export function valuesOfSeries(of: SeriesAttribute, series: SeriesFacts): readonly Value[] {
  return stated(SERIES_VALUES[of](series));
}

function judged<C extends Condition<string>>(condition: C, values: readonly (Value | undefined)[]): Judged<C> {
  const found = stated(values);
  const isMet = found.some((value) => meets(value, condition.test));
  return { condition, holds: isMet !== (condition.isNot ?? false), found };
}

function stated(values: readonly (Value | undefined)[]): readonly Value[] {
  return [...new Set(values.filter((value) => value !== undefined && value !== ""))] as Value[];
}

function meets(value: Value, test: Test): boolean {
  if ("is" in test) return test.is.some((one) => one.toUpperCase() === String(value).toUpperCase());
  if ("like" in test) return isLike(String(value), test.like);
  if ("atLeast" in test) return Number(value) >= test.atLeast;
  return Number(value) <= test.atMost;
}

/** Whether a text has a word that begins as one of the alternatives does. */
export function isLike(text: string, pattern: string): boolean {
  return pattern.split("|").some((alternative) => {
    const wanted = alternative.trim();
    if (!wanted) return false;
    const inside = wanted.split("*").map(escaped).join(".*");
    return new RegExp(`(?<![\\p{L}\\p{N}])${inside}`, "iu").test(text);
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
