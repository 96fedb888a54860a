/**
 * What a pixel's value means.
 *
 * Source: DICOM PS3.3 sec. C.11.1.1.2 (Rescale Type), C.8.9.1.1.3 (Units of PET), C.7.6.16.2.11 (Real World Value
 * Mapping). Values are never shown in a unit that the object does not state.
 */
import { type Dataset, items, number, text } from "../dicomweb/json-model";
import { type RealWorldValues, realWorldValues } from "./real-world-value";

export interface ValueMeaning {
  /** Unit as people write it; "" when the object states none. */
  unit: string;
  /** From rescaled value to shown value; a real world value mapping starts from stored values, and may have none. */
  shownValue: (rescaled: number) => number;
  /** The same, where it is a line; undefined for tables and for mappings of several pieces. */
  line: { slope: number; intercept: number } | undefined;
}

const RESCALE_UNITS: Record<string, string> = {
  HU: "HU",
  HU_MOD: "HU (modified)",
  OD: "10⁻³ OD",
  MGML: "mg/mL",
  Z_EFF: "Z eff",
  ED: "10²³ e/mL",
  EDW: "relative e density",
  PCT: "%",
};

const PET_UNITS: Record<string, string> = {
  BQML: "Bq/mL",
  GML: "g/mL (SUV)",
  CNTS: "counts",
  CPS: "counts/s",
  PROPCNTS: "prop. counts",
  PROPCPS: "prop. counts/s",
  PCNT: "%",
  CM2: "cm²",
  CM2ML: "cm²/mL",
  MLMING: "mL/min/g",
  MLMINML: "mL/min/mL",
  MLG: "mL/g",
  "1CM": "1/cm",
  UMOLMIN: "µmol/min",
  UMOLML: "µmol/mL",
};

/** Source: DICOM PS3.3 sec. C.8.8.3 (Dose Units). */
const DOSE_UNITS: Record<string, string> = { GY: "Gy", RELATIVE: "relative dose" };

const UCUM_SYMBOLS: Record<string, string> = {
  "[hnsf'U]": "HU",
  "1": "",
  "{counts}": "counts",
  "mm2/s": "mm²/s",
  "/mm": "1/mm",
};

/** Return the meaning of values in one frame. `groups` are its functional groups, shared and per frame. */
export function valueMeaning(dataset: Dataset, groups: readonly Dataset[] = []): ValueMeaning {
  const transformation = firstItem(groups, "PixelValueTransformationSequence") ?? dataset;
  const slope = number(transformation, "RescaleSlope") ?? 1;
  const intercept = number(transformation, "RescaleIntercept") ?? 0;
  const mapping = mappingOf(dataset, groups);
  if (mapping && slope !== 0) {
    const { line } = mapping;
    return {
      unit: UCUM_SYMBOLS[mapping.unit] ?? mapping.unit,
      shownValue: (rescaled) => mapping.valueOf((rescaled - intercept) / slope),
      line: line && {
        slope: line.slope / slope,
        intercept: line.intercept - (intercept / slope) * line.slope,
      },
    };
  }
  return {
    unit: statedUnit(dataset, transformation),
    shownValue: (rescaled) => rescaled,
    line: { slope: 1, intercept: 0 },
  };
}

/** Return the real world value mapping of a frame. */
export function mappingOf(dataset: Dataset, groups: readonly Dataset[] = []): RealWorldValues | undefined {
  const stated = [...groups, dataset].map((one) => items(one, "RealWorldValueMappingSequence"));
  const first = stated.find((found) => found.length > 0);
  return first && realWorldValues(first, number(dataset, "PixelRepresentation") === 1);
}

function statedUnit(dataset: Dataset, transformation: Dataset): string {
  const type = text(transformation, "RescaleType");
  if (type && type !== "US") return RESCALE_UNITS[type] ?? type;
  const modality = text(dataset, "Modality");
  if (modality === "PT") return PET_UNITS[text(dataset, "Units")] ?? text(dataset, "Units");
  const dose = text(dataset, "DoseUnits");
  if (modality === "RTDOSE" && dose) return DOSE_UNITS[dose] ?? dose;
  const hasRescale = number(transformation, "RescaleSlope") !== undefined;
  return modality === "CT" && hasRescale && type !== "US" ? "HU" : "";
}

function firstItem(datasets: readonly Dataset[], keyword: "PixelValueTransformationSequence") {
  for (const dataset of datasets) {
    const item = items(dataset, keyword)[0];
    if (item) return item;
  }
  return undefined;
}

/** Return a number with as many digits as help: whole numbers stay whole. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return Number(value.toPrecision(4)).toString();
}
