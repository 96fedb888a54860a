/** Windows that readers use, by modality, before those in the object itself. Values for CT are in HU. */
import { allText, type Dataset, numbers } from "../dicomweb/json-model";
import type { Window } from "./window";

export interface WindowPreset {
  name: string;
  /** Undefined: from the darkest to the brightest pixel. */
  window: Window | undefined;
}

/** Source: usual reading windows, e.g. Radiopaedia "Windowing (CT)", doi:10.53347/rID-52108. */
const CT: readonly WindowPreset[] = [
  { name: "Abdomen", window: { center: 50, width: 400 } },
  { name: "Lung", window: { center: -600, width: 1500 } },
  { name: "Bone", window: { center: 400, width: 1800 } },
  { name: "Brain", window: { center: 40, width: 80 } },
  { name: "Mediastinum", window: { center: 50, width: 350 } },
  { name: "Liver", window: { center: 60, width: 160 } },
  { name: "Angiography", window: { center: 300, width: 600 } },
];

const BY_MODALITY: Readonly<Record<string, readonly WindowPreset[]>> = { CT };

const FULL_RANGE: WindowPreset = { name: "Full range", window: undefined };

/** Return the presets offered for an object: its own windows first, then the usual ones, then the full range. */
export function windowPresets(modality: string, stored: readonly WindowPreset[]): WindowPreset[] {
  return [...stored, ...(BY_MODALITY[modality] ?? []), FULL_RANGE];
}

/** Return the windows that the object carries. Source: DICOM PS3.3 sec. C.11.2 (VOI LUT). */
export function storedWindows(dataset: Dataset | undefined): WindowPreset[] {
  const [centers, widths] = [numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")];
  const names = allText(dataset, "WindowExplanation").split("\\");
  return centers.flatMap((center, index) => {
    const width = widths[index];
    if (width === undefined || width <= 0) return [];
    const name = names[index] || (centers.length > 1 ? `As stored ${index + 1}` : "As stored");
    return [{ name, window: { center, width } }];
  });
}
