/** CT by body part: one series in the windows of that part, then beside the prior. */
import type { PresetName } from "../../tools/window-presets";
import type { CellRule, Protocol, SeriesCondition, Stage } from "../protocol";
import {
  atLeast,
  before,
  grid,
  is,
  like,
  needed,
  not,
  protocol,
  select,
  stack,
  studyIs,
  studyLike,
} from "./conditions";

const CT = is("modality", "CT");
const NO_SCOUT = not(is("imageType", "LOCALIZER"));
const SHARP = like("description", "lung|lunge|phổi|bone|knochen|xương|hrct|sharp");
const AXIAL = is("plane", "axial");
const HEAD = "head|brain|skull|neuro|kopf|schädel|hirn|cranial|cerebr|sọ|não";
const CHEST = "chest|thorax|lung|lunge|ngực|phổi";
const ABDOMEN = "abd|pelvis|liver|leber|kidney|niere|becken|bụng|gan";
const SPINE = "spine|vertebra|wirbel|cervical sp|lumbar sp|hws|bws|lws|cột sống";
const LIMB = "extremity|knee|hip|shoulder|foot|hand|ankle|elbow|wrist|knie|schulter|fuß";

/** Return a cell of an axial series: a soft one by preference, or a sharp one. */
function axial(preset: PresetName, isSharp = false, more: SeriesCondition[] = []): CellRule {
  const sharpness = isSharp ? SHARP : not(SHARP);
  return stack(select([CT, NO_SCOUT], [...more, AXIAL, atLeast("nImages", 5), sharpness]), {
    window: { preset },
  });
}

function compared(preset: PresetName): Stage {
  const now = axial(preset);
  return grid("Prior beside it", 1, 2, [now, needed(before(now, 0))], { scroll: true });
}

const inPart = (pattern: string) => [studyIs("modality", "CT"), studyLike("region", pattern)];

function twoWindows(name: string, first: PresetName, second: PresetName): Stage {
  return grid(name, 1, 2, [axial(first), axial(second, true)], { scroll: true });
}

function planes(preset: PresetName): Stage {
  const of = (plane: "axial" | "coronal" | "sagittal"): CellRule => ({
    ...axial(preset),
    kind: "plane",
    settings: { plane, window: { preset } },
    series: select([CT, NO_SCOUT, atLeast("nImages", 20)], [AXIAL, not(SHARP)]),
    isNeeded: true,
  });
  return grid("Planes", 1, 3, [of("axial"), of("coronal"), of("sagittal")], { scroll: true });
}

interface Part {
  id: string;
  name: string;
  words: string;
  stages: Stage[];
}

const PARTS: readonly Part[] = [
  {
    id: "ct-head",
    name: "CT head",
    words: HEAD,
    stages: [twoWindows("Brain and bone", "Brain", "Bone"), planes("Brain"), compared("Brain")],
  },
  {
    id: "ct-chest",
    name: "CT chest",
    words: CHEST,
    stages: [twoWindows("Mediastinum and lung", "Mediastinum", "Lung"), compared("Lung"), planes("Mediastinum")],
  },
  {
    id: "ct-abdomen",
    name: "CT abdomen",
    words: ABDOMEN,
    stages: [
      grid("Abdomen", 1, 1, [axial("Abdomen")]),
      grid(
        "Phases",
        1,
        2,
        [axial("Abdomen"), needed({ ...axial("Abdomen"), series: { ...axial("Abdomen").series, nth: 1 } })],
        { scroll: true },
      ),
      planes("Abdomen"),
      compared("Abdomen"),
    ],
  },
  {
    id: "ct-spine",
    name: "CT spine",
    words: SPINE,
    stages: [twoWindows("Bone and soft tissue", "Bone", "Spine soft"), planes("Bone"), compared("Bone")],
  },
  {
    id: "ct-limb",
    name: "CT joint and limb",
    words: LIMB,
    stages: [twoWindows("Bone and soft tissue", "Bone", "Soft tissue"), planes("Bone"), compared("Bone")],
  },
];

export const CT_PROTOCOLS: Record<string, Protocol> = {
  ...Object.fromEntries(PARTS.map(({ id, name, words, stages }) => [id, protocol(name, inPart(words), stages)])),
  ct: protocol(
    "CT",
    [studyIs("modality", "CT")],
    [
      grid("Series", 1, 1, [stack(select([CT, NO_SCOUT]))]),
      grid("Two series", 1, 2, [stack(select([CT, NO_SCOUT])), needed(stack(select([CT, NO_SCOUT], [], 1)))]),
      grid("Prior beside it", 1, 2, [stack(select([CT, NO_SCOUT])), needed(before(stack(select([CT, NO_SCOUT])), 0))], {
        scroll: true,
      }),
    ],
  ),
};
