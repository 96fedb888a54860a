/** Windows that readers use, by modality and body part, after those in the object itself. Values for CT are in HU. */
import { type Dataset, numbers, text, values } from "../dicomweb/json-model";
import type { Window } from "./window";

export type PresetName =
  | "stored"
  | "full"
  | "Abdomen"
  | "Lung"
  | "Bone"
  | "Brain"
  | "Mediastinum"
  | "Liver"
  | "Angiography"
  | "Stroke"
  | "Subdural"
  | "Temporal bone"
  | "Spine soft"
  | "Soft tissue"
  | "SUV 5"
  | "SUV 10"
  | "SUV 20"
  | "ADC"
  | "Stiffness"
  | "auto"
  | "auto-narrow";

export interface WindowPreset {
  name: PresetName;
  /** What the object calls its window, or which one it is. */
  detail?: string;
  /** Undefined: from the darkest to the brightest pixel, or as `shares` say. */
  window: Window | undefined;
  /** Which shares of the pixels are black and white at most: 0.01 and 0.99 leave out the darkest and brightest hundredth. */
  shares?: readonly [number, number];
}

const ofWindow = (name: PresetName, center: number, width: number): WindowPreset => ({
  name,
  window: { center, width },
});

/** Source: usual reading windows, e.g. Radiopaedia "Windowing (CT)", doi:10.53347/rID-52108. */
const CT = {
  abdomen: ofWindow("Abdomen", 50, 400),
  lung: ofWindow("Lung", -600, 1500),
  bone: ofWindow("Bone", 400, 1800),
  brain: ofWindow("Brain", 40, 80),
  mediastinum: ofWindow("Mediastinum", 50, 350),
  liver: ofWindow("Liver", 60, 160),
  angiography: ofWindow("Angiography", 300, 600),
  stroke: ofWindow("Stroke", 32, 8),
  subdural: ofWindow("Subdural", 75, 215),
  temporal: ofWindow("Temporal bone", 600, 2800),
  spine: ofWindow("Spine soft", 50, 250),
  soft: ofWindow("Soft tissue", 50, 400),
};
const CT_USUAL = [CT.abdomen, CT.lung, CT.bone, CT.brain, CT.mediastinum, CT.liver, CT.angiography];

/** Body parts by words that stand in BodyPartExamined or in descriptions; the first that fits counts. */
const CT_BY_PART: readonly (readonly [RegExp, readonly WindowPreset[]])[] = [
  [/head|brain|skull|neuro|cranium|schädel|kopf/i, [CT.brain, CT.stroke, CT.subdural, CT.bone, CT.temporal]],
  [/chest|thorax|lung/i, [CT.lung, CT.mediastinum, CT.bone, CT.angiography]],
  [/spine|vertebra/i, [CT.bone, CT.spine]],
  [/extremity|knee|hip|shoulder|foot|hand|ankle|elbow|wrist/i, [CT.bone, CT.soft]],
  [/abdomen|pelvis|liver|kidney/i, [CT.abdomen, CT.liver, CT.bone, CT.lung]],
];

/** Uptake windows; PET shows from nothing upwards. Values in SUV. */
const PT: readonly WindowPreset[] = [ofWindow("SUV 5", 2.5, 5), ofWindow("SUV 10", 5, 10), ofWindow("SUV 20", 10, 20)];

/** Return the window of a name, in HU or SUV; undefined for names that each object fills in its own way. */
export function usualWindow(name: PresetName): Window | undefined {
  return [...Object.values(CT), ...PT].find((preset) => preset.name === name)?.window;
}

/** Return the name of a usual window, rounding aside. */
export function nameOfWindow({ center, width }: Window): PresetName | undefined {
  return [...Object.values(CT), ...PT].find(
    ({ window }) => window && Math.hypot(window.center - center, window.width - width) < 0.1,
  )?.name;
}

const FULL_RANGE: WindowPreset = { name: "full", window: undefined };
const AUTO: WindowPreset = { name: "auto", window: undefined, shares: [0.01, 0.99] };
const AUTO_NARROW: WindowPreset = { name: "auto-narrow", window: undefined, shares: [0.05, 0.95] };
/** Values without a scale of their own: what is usual follows from the picture. */
const FROM_PICTURE = new Set(["MR", "NM", "CR", "DX", "MG", "XA", "RF", "PX", "IO", "OT", "RTIMAGE", "RTDOSE", "OPT"]);

/**
 * Windows by the unit of maps. Diffusion: Source: RSNA QIBA Profile Diffusion-Weighted MRI (tissue up to 3e-3 mm2/s).
 * Stiffness of the liver is read from 0 to 8 kPa. Source: QIBA Profile Magnetic Resonance Elastography of the Liver.
 */
const BY_UNIT: Readonly<Record<string, WindowPreset>> = {
  "mm²/s": ofWindow("ADC", 1.5e-3, 3e-3),
  kPa: ofWindow("Stiffness", 4, 8),
};

/** Return the windows usual for values of a unit. */
export function windowsOfUnit(unit: string): readonly WindowPreset[] {
  const found = BY_UNIT[unit];
  return found ? [found] : [];
}

/** Return the windows usual for an object: those of its body part first. Uptake windows need values in SUV. */
export function usualWindows(dataset: Dataset, isSuv: boolean): readonly WindowPreset[] {
  const modality = text(dataset, "Modality");
  if (modality === "PT") return isSuv ? PT : [];
  if (modality !== "CT") return FROM_PICTURE.has(modality) ? [AUTO, AUTO_NARROW] : [];
  const words = [text(dataset, "BodyPartExamined"), text(dataset, "StudyDescription"), text(dataset, "ProtocolName")];
  const fitting = CT_BY_PART.find(([part]) => words.some((word) => part.test(word)))?.[1] ?? [];
  return [...fitting, ...CT_USUAL.filter((preset) => !fitting.includes(preset))];
}

/** Return the presets offered for an object: its own windows first, then the usual ones, then the full range. */
export function windowPresets(stored: readonly WindowPreset[], usual: readonly WindowPreset[]): WindowPreset[] {
  return [...stored, ...usual, FULL_RANGE];
}

/** Return the windows that the object carries. Source: DICOM PS3.3 sec. C.11.2 (VOI LUT). */
export function storedWindows(dataset: Dataset | undefined): WindowPreset[] {
  const [centers, widths] = [numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")];
  const names = values(dataset, "WindowExplanation").map((name) => (typeof name === "string" ? name.trim() : ""));
  return centers.flatMap((center, index): WindowPreset[] => {
    const width = widths[index];
    if (width === undefined || width <= 0) return [];
    const detail = names[index] || (centers.length > 1 ? String(index + 1) : undefined);
    return [{ name: "stored", window: { center, width }, ...(detail ? { detail } : {}) }];
  });
}
