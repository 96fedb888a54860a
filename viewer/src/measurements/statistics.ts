/**
 * Numbers that Cornerstone computed for an annotation, as quantities with coded units, and back.
 *
 * Source: DICOM PS3.16 TID 1419 (ROI measurements), CID 7181 (units), PS3.3 sec. C.11.1.1.2 (Rescale Type); UCUM.
 */
import { items, number, text } from "../dicomweb/json-model";
import { valueMeaning } from "../overlays/pixel-value";
import { isUptake, suvFactor } from "../overlays/suv";
import * as codes from "../structured-report/codes";
import { type Code, isSame, ucum } from "../structured-report/codes";
import type { Kind, Quantity } from "./measurement";
import type { StudyImage } from "./study-images";

/** What Cornerstone keeps per image or volume that it measured. */
export type Stats = Readonly<Record<string, unknown>>;

const GEOMETRIC_UNITS: Readonly<Record<string, Code>> = {
  mm: ucum("mm", "millimeter"),
  "mm²": ucum("mm2", "square millimeter"),
  cm: ucum("cm", "centimeter"),
  "cm²": ucum("cm2", "square centimeter"),
  px: ucum("{pixels}", "pixels"),
  "px²": ucum("{pixels}2", "square pixels"),
  seconds: ucum("s", "second"),
  "cm/sec": ucum("cm/s", "centimeter per second"),
};
const DEGREE = ucum("deg", "degree");
const SUV = ucum("g/ml{SUVbw}", "standardized uptake value by body weight");
const NO_UNITS = ucum("1", "no units");

/** Units that images state, as `valueMeaning` words them. */
const VALUE_UNITS: Readonly<Record<string, Code>> = {
  HU: ucum("[hnsf'U]", "Hounsfield unit"),
  "g/mL (SUV)": SUV,
  "Bq/mL": ucum("Bq/ml", "becquerels per milliliter"),
  Gy: ucum("Gy", "gray"),
  "": NO_UNITS,
};

interface Row {
  /** Name in Cornerstone's statistics. */
  key: string;
  /** Where Cornerstone keeps the unit: a key of the statistics, or of the image's values. */
  unit: "unit" | "areaUnit" | "value" | "degree";
  concept: Code;
}

const ROI_VALUES: readonly Row[] = [
  { key: "mean", unit: "value", concept: codes.MEAN },
  { key: "stdDev", unit: "value", concept: codes.STANDARD_DEVIATION },
  { key: "min", unit: "value", concept: codes.MINIMUM },
  { key: "max", unit: "value", concept: codes.MAXIMUM },
  { key: "peak", unit: "value", concept: codes.PEAK },
];
const AREA: Row = { key: "area", unit: "areaUnit", concept: codes.AREA };
const LENGTH: Row = { key: "length", unit: "unit", concept: codes.LENGTH };

const ROWS: Readonly<Record<Kind, readonly Row[]>> = {
  Length: [LENGTH],
  Bidirectional: [
    { key: "length", unit: "unit", concept: codes.LONG_AXIS },
    { key: "width", unit: "unit", concept: codes.SHORT_AXIS },
  ],
  Angle: [{ key: "angle", unit: "degree", concept: codes.ANGLE }],
  CobbAngle: [{ key: "angle", unit: "degree", concept: codes.COBB_ANGLE }],
  EllipticalROI: [AREA, ...ROI_VALUES],
  RectangleROI: [AREA, ...ROI_VALUES],
  PlanarFreehandROI: [AREA, { key: "perimeter", unit: "unit", concept: codes.PERIMETER }, LENGTH, ...ROI_VALUES],
  // One pixel: its value is its mean.
  Probe: [{ key: "value", unit: "value", concept: codes.MEAN }],
  ArrowAnnotate: [],
};

/** Return the numbers of an annotation; those that are not (yet) known or are per colour are left out. */
export function quantitiesOf(kind: Kind, stats: Stats, image: StudyImage | undefined): Quantity[] {
  const values = valuesOf(image, stats);
  return ROWS[kind].flatMap((row) => {
    const computed = stats[row.key];
    if (typeof computed !== "number" || !Number.isFinite(computed)) return [];
    if (row.unit === "degree") return [{ concept: row.concept, value: computed, unit: DEGREE }];
    if (row.unit !== "value") return [{ concept: row.concept, value: computed, unit: geometricUnit(stats[row.unit]) }];
    const isSpread = row.key === "stdDev";
    const value = isSpread ? Math.abs(values.slope) * computed : values.slope * computed + values.intercept;
    const named = values.quantity ? { concept: values.quantity, derivation: row.concept } : { concept: row.concept };
    return [{ ...named, value, unit: values.unit }];
  });
}

/** Return what Cornerstone would have kept for these quantities. */
export function statsOf(kind: Kind, quantities: readonly Quantity[], image: StudyImage | undefined): Stats {
  const isSuv = quantities.some(({ unit }) => isSame(unit, SUV));
  const stats: Record<string, unknown> = {
    Modality: image?.modality ?? "",
    modalityUnit: isSuv ? "SUV" : modalityUnit(image),
  };
  const values = valuesOf(image, stats);
  for (const row of ROWS[kind]) {
    const found = quantities.find(({ concept, derivation }) => isSame(derivation ?? concept, row.concept));
    if (!found) continue;
    if (row.unit === "value") {
      stats[row.key] =
        row.key === "stdDev" ? found.value / Math.abs(values.slope) : (found.value - values.intercept) / values.slope;
    } else {
      stats[row.key] = found.value;
      if (row.unit !== "degree") stats[row.unit] = nameOfUnit(found.unit);
    }
  }
  return stats;
}

interface ImageValues {
  unit: Code;
  /** From what Cornerstone computes with to the unit. */
  slope: number;
  intercept: number;
  /** What the values are, where that has a code. */
  quantity: Code | undefined;
}

function valuesOf(image: StudyImage | undefined, stats: Stats): ImageValues {
  if (stats.modalityUnit === "SUV") return { unit: SUV, slope: 1, intercept: 0, quantity: codes.SUV_BODY_WEIGHT };
  if (!image) return { ...ofVolume(stats), slope: 1, intercept: 0 };
  const { dataset, groups } = image.frame;
  const { unit: name, line } = valueMeaning(dataset, groups);
  // "raw" says that Cornerstone computed with stored values.
  const isStored = stats.modalityUnit === "raw";
  const rescaleSlope = isStored ? (number(dataset, "RescaleSlope") ?? 1) : 1;
  const rescaleIntercept = isStored ? (number(dataset, "RescaleIntercept") ?? 0) : 0;
  const suv = suvFactor(dataset);
  if (isUptake(dataset) && "factor" in suv) {
    // Cornerstone holds uptake, except where it says that it took what is stored.
    const factor = isStored ? suv.factor : 1;
    return {
      unit: SUV,
      slope: factor * rescaleSlope,
      intercept: factor * rescaleIntercept,
      quantity: codes.SUV_BODY_WEIGHT,
    };
  }
  // The mean of samples is not the sample of the mean where a table maps them: those numbers stay as they are.
  if (!line) return { unit: NO_UNITS, slope: rescaleSlope, intercept: rescaleIntercept, quantity: undefined };
  const mapping = [...groups, dataset].flatMap((one) => items(one, "RealWorldValueMappingSequence"))[0];
  const stated = items(mapping, "MeasurementUnitsCodeSequence")[0];
  const unit = text(stated, "CodeValue")
    ? codes.code(text(stated, "CodeValue"), text(stated, "CodingSchemeDesignator"), text(stated, "CodeMeaning"))
    : (VALUE_UNITS[name] ?? codes.code("1", "UCUM", name.slice(0, 64)));
  return {
    unit,
    slope: line.slope * rescaleSlope,
    intercept: line.slope * rescaleIntercept + line.intercept,
    quantity: quantityOf(image.modality, unit),
  };
}

/** Values of a plane through a volume, which lies on no image: what is known of them is the unit Cornerstone names. */
function ofVolume({ Modality, modalityUnit: named }: Stats): Pick<ImageValues, "unit" | "quantity"> {
  const unit = VALUE_UNITS[PLAIN_UNITS[String(named)] ?? String(named ?? "")] ?? NO_UNITS;
  return { unit, quantity: quantityOf(String(Modality ?? ""), unit) };
}

const PLAIN_UNITS: Readonly<Record<string, string>> = { BQML: "Bq/mL" };

/** As Cornerstone names the unit of an image's values. */
function modalityUnit(image: StudyImage | undefined): string {
  if (image && isUptake(image.frame.dataset)) return "SUV";
  if (image?.modality === "PT") return text(image.frame.dataset, "Units");
  return image?.modality === "CT" ? "HU" : "";
}

/** Return what values of a unit are, where that has a code. */
export function quantityOf(modality: string, unit: Code): Code | undefined {
  if (unit.value === "[hnsf'U]") return codes.ATTENUATION_COEFFICIENT;
  if (unit.value === SUV.value) return codes.SUV_BODY_WEIGHT;
  if (modality === "MR" && /mm2\/s/.test(unit.value)) return codes.DIFFUSION_COEFFICIENT;
  if (modality === "MR" && unit.value === "1") return codes.MR_SIGNAL_INTENSITY;
  return undefined;
}

/** Cornerstone says behind the unit how it was calibrated ("cm US Region"). */
function geometricUnit(name: unknown): Code {
  const plain = String(name ?? "").split(" ")[0] ?? "";
  return GEOMETRIC_UNITS[plain] ?? codes.code("1", "UCUM", String(name ?? "") || "no units");
}

function nameOfUnit(unit: Code): string {
  const found = Object.entries(GEOMETRIC_UNITS).find(([, one]) => isSame(one, unit));
  return found ? found[0] : unit.meaning;
}
