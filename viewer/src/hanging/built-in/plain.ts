/** Radiographs with their prior, ultrasound, angiography, and whatever nothing else is meant for. */
import type { CellRule, Protocol } from "../protocol";
import { before, grid, HAS_PRIOR, is, like, needed, not, protocol, select, stack, studyIs } from "./conditions";

const RADIOGRAPH = is("modality", "CR", "DX");
const FOR_READING = not(is("intent", "FOR PROCESSING"));
const FRONTAL = like("view", "pa|ap");
const view = (nth = 0): CellRule => stack(select([RADIOGRAPH, FOR_READING], [FRONTAL], nth));

const PICTURES = not(is("modality", "SR", "PR", "KO", "RTSTRUCT", "RTPLAN", "REG", "ECG", "DOC", "AU", "HD"));

const ULTRASOUND = is("modality", "US", "IVUS");
const ANGIOGRAPHY = is("modality", "XA", "RF");
const runs = (modality: ReturnType<typeof is>) => (nth: number) => stack(select([modality], [], nth));

function oneToFour(modality: ReturnType<typeof is>) {
  const run = runs(modality);
  return [
    grid("One", 1, 1, [run(0)]),
    grid("Two", 1, 2, [run(0), needed(run(1))]),
    grid("Four", 2, 2, [run(0), run(1), needed(run(2)), run(3)]),
    grid("Prior beside it", 1, 2, [run(0), needed(before(run(0), 0))]),
  ];
}

export const PLAIN_PROTOCOLS: Record<string, Protocol> = {
  "radiographs-prior": protocol(
    "Radiographs and prior",
    [studyIs("modality", "CR", "DX"), HAS_PRIOR],
    [
      grid("Prior beside it", 1, 2, [view(), needed(before(view(), 0))]),
      grid("Two views, priors below", 2, 2, [view(), needed(view(1)), before(view(), 0), before(view(1), 1)]),
      grid("One view", 1, 1, [view()]),
    ],
  ),
  radiographs: protocol(
    "Radiographs",
    [studyIs("modality", "CR", "DX")],
    [grid("Two views", 1, 2, [view(), needed(view(1))]), grid("One view", 1, 1, [view()])],
  ),
  ultrasound: protocol("Ultrasound", [studyIs("modality", "US", "IVUS")], oneToFour(ULTRASOUND)),
  angiography: protocol("Angiography and fluoroscopy", [studyIs("modality", "XA", "RF")], oneToFour(ANGIOGRAPHY)),
  any: protocol(
    "One series",
    [],
    [grid("One series", 1, 1, [stack(select([PICTURES], [not(is("modality", "SEG", "RTDOSE"))]))])],
  ),
};
