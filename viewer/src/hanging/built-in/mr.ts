/** MR of brain and spine: the weightings side by side. */
import type { CellRule, Protocol, SeriesCondition } from "../protocol";
import { before, grid, is, like, needed, not, protocol, select, stack, studyIs, studyLike } from "./conditions";

const MR = is("modality", "MR");
const BRAIN = "brain|head|neuro|kopf|schädel|hirn|cranial|cerebr|sọ|não";
const SPINE = "spine|wirbel|cspine|tspine|lspine|hws|bws|lws|cột sống";
const LOCALIZER = like("description", "loc|scout|survey|3-plane|3plane");
const FLAIR = like("description", "flair|*flair|tirm|dark*fluid");
const DIFFUSION = like("description", "dwi|diff|adc|trace|ep2d*diff|dti|b1000");
const T1 = like("description", "t1|mprage|mp-rage|bravo|spgr|fspgr|tfe");
const T2 = like("description", "t2");
const STIR = like("description", "stir|tirm");
const ENHANCED = like("description", "gd|post|km|c+|ce|contrast|+c|*+c|*gd");
const NOT_SCOUT = not(is("imageType", "LOCALIZER"));

function weighted(required: SeriesCondition[], preferred: SeriesCondition[] = []): CellRule {
  return stack(select([MR, NOT_SCOUT, not(LOCALIZER), ...required], preferred));
}

const AXIAL = is("plane", "axial");
const SAGITTAL = is("plane", "sagittal");
const t1 = (plane: SeriesCondition) => weighted([T1], [plane, not(ENHANCED)]);
const t2 = (plane: SeriesCondition) => weighted([T2, not(FLAIR), not(DIFFUSION)], [plane]);
const flair = weighted([FLAIR], [AXIAL]);
const diffusion = weighted([DIFFUSION], [not(like("description", "adc")), AXIAL]);
const enhanced = weighted([T1, ENHANCED], [AXIAL]);

const BRAIN_STAGES = [
  grid("T1, T2, FLAIR, diffusion", 2, 2, [t1(AXIAL), t2(AXIAL), flair, diffusion], { scroll: true }),
  grid("Before and after contrast", 1, 2, [t1(AXIAL), needed(enhanced)], { scroll: true }),
  grid("FLAIR and prior", 1, 2, [flair, needed(before(flair, 0))], { scroll: true }),
];
const SPINE_STAGES = [
  grid(
    "Sagittal T1, T2, STIR; axial T2",
    1,
    4,
    [t1(SAGITTAL), weighted([T2, not(STIR), SAGITTAL]), weighted([STIR], [SAGITTAL]), weighted([T2, AXIAL])],
    { scroll: true },
  ),
  grid("Sagittal T2 and prior", 1, 2, [t2(SAGITTAL), needed(before(t2(SAGITTAL), 0))], { scroll: true }),
];

const inPart = (pattern: string) => [studyIs("modality", "MR"), studyLike("region", pattern)];

export const MR_PROTOCOLS: Record<string, Protocol> = {
  "mr-brain": protocol("MR brain", inPart(BRAIN), BRAIN_STAGES),
  "mr-spine": protocol("MR spine", inPart(SPINE), SPINE_STAGES),
};
