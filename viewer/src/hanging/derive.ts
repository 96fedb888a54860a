/** From what the cells show to a protocol that shows it again, in this study and in others like it. */

import { hasUsuallyPictures } from "../documents/without-pictures";
import type { Cell, Layout, Settings } from "../layout/layout";
import { rangeOf, windowOf } from "../tools/window";
import { nameOfWindow } from "../tools/window-presets";
import type { SeriesFacts, StudyFacts } from "./facts";
import { ranked, type Studies } from "./match";
import type {
  CellRule,
  Protocol,
  RuleSettings,
  Selector,
  SeriesAttribute,
  SeriesCondition,
  Stage,
  StudyCondition,
} from "./protocol";

/** What another series must have in common. */
const REQUIRED: readonly SeriesAttribute[] = ["modality", "laterality", "view"];
/** What tells series of a study apart, the most telling first. */
const TELLING: readonly SeriesAttribute[] = ["plane", "description", "protocolName", "contrast", "kernel", "intent"];
/** Modalities whose values have a unit: a window means the same in the next study. */
const WINDOWED = new Set(["CT", "PT"]);

/** Return a protocol of one stage; cells whose study is not among those given stay empty. */
export function derivedProtocol(name: string, stageName: string, layout: Layout, studies: Studies): Protocol {
  return {
    version: 1,
    name,
    when: derivedWhen(studies.study, layout),
    stages: [derivedStage(stageName, layout, studies)],
  };
}

/** Return when it is meant: for the modalities that are shown, and for the body parts that the study states. */
export function derivedWhen(study: StudyFacts, layout: Layout): StudyCondition[] {
  const shown = new Set(layout.cells.map((cell) => cell?.seriesUid));
  const pictures = study.series.filter(({ modality }) => hasUsuallyPictures(modality));
  const modalities = [
    ...new Set(pictures.filter((s) => shown.has(s.seriesUid)).map(({ modality }) => modality)),
  ].sort();
  const parts = [...new Set(pictures.map(({ bodyPart }) => bodyPart))].filter(Boolean).sort();
  return [
    ...modalities.map((one): StudyCondition => ({ of: "modality", test: { is: [one] }, isRequired: true })),
    ...(parts.length > 0 ? [{ of: "bodyPart", test: { is: parts }, isRequired: true } as const] : []),
    ...(study.description ? [{ of: "studyDescription", test: { is: [study.description] } } as const] : []),
  ];
}

export function derivedStage(name: string, layout: Layout, studies: Studies): Stage {
  const cells = layout.cells.map((cell) => cell && derivedCell(cell, studies));
  return { name, rows: layout.rows, columns: layout.columns, cells, links: layout.links };
}

function derivedCell(cell: Cell, { study, priors }: Studies): CellRule | null {
  const prior = [study, ...priors].findIndex(({ uid }) => uid === cell.studyUid);
  const of = [study, ...priors][prior];
  const series =
    of?.series.find((one) => one.seriesUid === cell.seriesUid && isSameSet(one.instanceUids, cell.instanceUids)) ??
    of?.series.find((one) => one.seriesUid === cell.seriesUid);
  if (!of || !series) return null;
  return {
    prior,
    series: derivedSelector(series, of.series),
    kind: cell.kind,
    settings: derivedSettings(cell.settings, series, of),
  };
}

/** Return a selector that finds this series among all. */
export function derivedSelector(series: SeriesFacts, all: readonly SeriesFacts[]): Selector {
  const stated = (of: SeriesAttribute): SeriesCondition[] => {
    const value = series[of as "modality"];
    return value ? [{ of, test: { is: [value] } }] : [];
  };
  const isMovie = series.nFrames > 1;
  const frames: SeriesCondition = { of: "nFrames", test: isMovie ? { atLeast: 2 } : { atMost: 1 } };
  const needsFrames = all.some(({ modality, nFrames }) => modality === series.modality && nFrames > 1 !== isMovie);
  const localizer: SeriesCondition = { of: "imageType", test: { is: ["LOCALIZER"] }, isNot: true };
  const isPlain =
    !series.imageType.includes("LOCALIZER") && all.some(({ imageType }) => imageType.includes("LOCALIZER"));
  const selector: Selector = {
    required: [...REQUIRED.flatMap(stated), ...(needsFrames ? [frames] : []), ...(isPlain ? [localizer] : [])],
    preferred: TELLING.flatMap(stated),
  };
  const fitting = ranked(selector, all).filter(({ fits }) => fits);
  const nth = fitting.findIndex((candidate) => candidate.series === series);
  return nth > 0 ? { ...selector, nth } : selector;
}

function derivedSettings(settings: Settings, series: SeriesFacts, study: StudyFacts): RuleSettings {
  const { plane, slab, rendering, window, fusion, framing } = settings;
  const over = fusion && study.series.find(({ seriesUid }) => seriesUid === fusion.seriesUid);
  return {
    ...(plane && { plane }),
    ...(slab && { slab }),
    ...(rendering && { rendering }),
    ...(window && WINDOWED.has(series.modality) && { window: derivedWindow(window, series) }),
    ...(settings.isInverted && { isInverted: true }),
    ...(fusion &&
      over && {
        fusion: {
          series: derivedSelector(over, study.series),
          colourMap: fusion.colourMap,
          opacity: fusion.opacity,
        },
      }),
    // How a breast is turned follows from each picture anew.
    ...(framing ? { isMammogram: true } : derivedTurn(settings)),
  };
}

function derivedTurn({ rotation_deg, isFlippedHorizontally, isFlippedVertically }: Settings): RuleSettings {
  return {
    ...(rotation_deg && { rotation_deg }),
    ...(isFlippedHorizontally && { isFlippedHorizontally }),
    ...(isFlippedVertically && { isFlippedVertically }),
  };
}

/** Return a window of the screen as readers say it, by its name if it has one. */
function derivedWindow(window: { center: number; width: number }, { modality }: SeriesFacts): RuleSettings["window"] {
  const said = windowOf(rangeOf(window, true), modality !== "CT");
  const preset = nameOfWindow(said);
  return preset ? { preset } : { center: rounded(said.center), width: rounded(said.width) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function isSameSet(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a ?? []).join() === (b ?? []).join();
}
