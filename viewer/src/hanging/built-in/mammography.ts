/** Mammography screening: CC and MLO, right and left back to back, priors below; tomosynthesis in pairs. */
import type { CellRule, Protocol, SeriesCondition } from "../protocol";
import {
  atLeast,
  atMost,
  before,
  grid,
  HAS_PRIOR,
  is,
  like,
  needed,
  not,
  perhaps,
  protocol,
  select,
  stack,
  studyIs,
} from "./conditions";

type View = "CC" | "MLO";

const FLAT = atMost("nFrames", 1);
const TOMOSYNTHESIS = atLeast("nFrames", 2);
const UNMODIFIED = not(like("modifier", "*"));

function breast(laterality: "R" | "L", view: View, more: SeriesCondition[] = []): CellRule {
  const required = [is("modality", "MG"), is("laterality", laterality), is("view", view), ...more];
  const preferred = [not(is("intent", "FOR PROCESSING")), FLAT, UNMODIFIED];
  return stack(select(required, preferred), { isMammogram: true });
}

const pair = (view: View, more: SeriesCondition[] = []) => [breast("R", view, more), breast("L", view, more)];
const below = (cells: CellRule[], from = 0) => cells.map((cell, index) => before(cell, from + index));
const ALL = [...pair("CC"), ...pair("MLO")];

const TOMO = [
  grid("Tomosynthesis CC", 1, 2, pair("CC", [TOMOSYNTHESIS])),
  grid("Tomosynthesis MLO", 1, 2, pair("MLO", [TOMOSYNTHESIS])),
];
const MG = [studyIs("modality", "MG"), studyIs("view", "CC", "MLO"), perhaps(studyIs("bodyPart", "BREAST"))];

export const MAMMOGRAPHY_PROTOCOLS: Record<string, Protocol> = {
  "mammography-prior": protocol(
    "Mammography and prior",
    [...MG, HAS_PRIOR],
    [
      grid("CC and MLO, priors below", 2, 4, [...ALL, ...below(ALL)]),
      grid("CC, priors below", 2, 2, [...pair("CC"), ...below(pair("CC"))]),
      grid("MLO, priors below", 2, 2, [...pair("MLO"), ...below(pair("MLO"))]),
      grid("CC", 1, 2, pair("CC").map(needed)),
      grid("MLO", 1, 2, pair("MLO").map(needed)),
      ...TOMO,
    ],
  ),
  mammography: protocol("Mammography", MG, [
    grid("CC and MLO", 2, 2, ALL),
    grid("CC", 1, 2, pair("CC").map(needed)),
    grid("MLO", 1, 2, pair("MLO").map(needed)),
    ...TOMO,
  ]),
};
