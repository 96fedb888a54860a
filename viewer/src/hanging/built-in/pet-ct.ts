/** PET/CT: anatomy, uptake, both together, and the whole body at a glance. */
import type { CellRule, Protocol, RuleSettings } from "../protocol";
import { atLeast, grid, is, like, not, protocol, select, studyIs } from "./conditions";

const FEWEST = 10;
const CT = select(
  [is("modality", "CT"), atLeast("nImages", FEWEST), not(is("imageType", "LOCALIZER"))],
  [is("plane", "axial"), not(like("description", "lung|bone"))],
);
const PET = select(
  [is("modality", "PT"), atLeast("nImages", FEWEST)],
  [is("plane", "axial"), not(like("description", "nac|uncorrected|ohne"))],
);
/** Thicker than any body: the projection goes through all of it. */
const WHOLE: RuleSettings["slab"] = { projection: "maximum", thickness_mm: 500 };

function plane(series: CellRule["series"], settings: RuleSettings): CellRule {
  return { prior: 0, series, kind: "plane", settings, isNeeded: true };
}

const ct = (name: "axial" | "coronal" | "sagittal") => plane(CT, { plane: name, window: { preset: "Soft tissue" } });
const pet = (name: "axial" | "coronal" | "sagittal") => plane(PET, { plane: name, isInverted: true });
const fused = (name: "axial" | "coronal" | "sagittal") =>
  plane(CT, {
    plane: name,
    window: { preset: "Soft tissue" },
    fusion: { series: PET, colourMap: "Hot Iron", opacity: 0.6 },
  });

export const PET_CT_PROTOCOLS: Record<string, Protocol> = {
  "pet-ct": protocol(
    "PET/CT",
    [studyIs("modality", "PT"), studyIs("modality", "CT")],
    [
      grid(
        "CT, PET, fused, whole body",
        2,
        2,
        [ct("axial"), pet("axial"), fused("axial"), plane(PET, { plane: "coronal", slab: WHOLE, isInverted: true })],
        { scroll: true },
      ),
      grid("Fused planes", 1, 3, [fused("axial"), fused("coronal"), fused("sagittal")], { scroll: true }),
      grid("CT and PET", 2, 2, [ct("axial"), pet("axial"), ct("coronal"), pet("coronal")], { scroll: true }),
    ],
  ),
};
