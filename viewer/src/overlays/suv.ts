/**
 * Standardised uptake by body weight from the header of a PET object.
 *
 * SUVbw = activity concentration (Bq/mL) x body weight (g) / administered activity at the time that the image is
 * decay-corrected to (Bq), for tissue of 1 g/mL.
 *
 * Source: QIBA SUV vendor-neutral pseudo-code (2012); DICOM PS3.3 sec. C.8.9.1 (PET Series), C.8.9.2 (PET Isotope).
 */
import { type Dataset, items, number, text, values } from "../dicomweb/json-model";

/** Why no uptake can be told; the name says what the header lacks. */
export type SuvObstacle = "units" | "attenuation" | "weight" | "dose" | "half-life" | "injection time" | "scan time";
export type Suv = { factor: number } | { obstacle: SuvObstacle };

/** Return what one value in the object's unit is in SUVbw (g/mL), or what is missing to know it. */
export function suvFactor(dataset: Dataset): Suv {
  const units = text(dataset, "Units");
  if (units === "GML") {
    const type = text(dataset, "SuvType");
    return type === "" || type === "BW" ? { factor: 1 } : { obstacle: "units" };
  }
  if (units !== "BQML") return { obstacle: "units" };
  const corrections = values(dataset, "CorrectedImage").map(String);
  if (!corrections.includes("ATTN") || !corrections.includes("DECY")) return { obstacle: "attenuation" };
  const weight_kg = number(dataset, "PatientWeight");
  if (!weight_kg || weight_kg <= 0) return { obstacle: "weight" };
  const drug = items(dataset, "RadiopharmaceuticalInformationSequence")[0];
  const dose_bq = number(drug, "RadionuclideTotalDose");
  if (!dose_bq || dose_bq <= 0) return { obstacle: "dose" };
  const correctedTo = text(dataset, "DecayCorrection");
  if (correctedTo === "ADMIN") return { factor: (weight_kg * 1000) / dose_bq };
  if (correctedTo !== "START") return { obstacle: "attenuation" };
  const halfLife_s = number(drug, "RadionuclideHalfLife");
  if (!halfLife_s || halfLife_s <= 0) return { obstacle: "half-life" };
  const scan_s = scanStart_s(dataset);
  if (scan_s === undefined) return { obstacle: "scan time" };
  const injection_s = injection(drug, dataset, scan_s);
  if (injection_s === undefined || injection_s > scan_s) return { obstacle: "injection time" };
  const left_bq = dose_bq * 2 ** (-(scan_s - injection_s) / halfLife_s);
  return { factor: (weight_kg * 1000) / left_bq };
}

/** Whether Cornerstone's values of this object are uptake: see `suv-scaling`. */
export function isUptake(dataset: Dataset): boolean {
  return text(dataset, "Modality") === "PT" && "factor" in suvFactor(dataset);
}

/**
 * Series time is when the first image began. One that is later than an acquisition was set anew by processing: the
 * start of the scan is then not known from one image of it.
 */
function scanStart_s(dataset: Dataset): number | undefined {
  const series_s = seconds(text(dataset, "SeriesDate") + text(dataset, "SeriesTime"));
  const acquisition_s = seconds(text(dataset, "AcquisitionDate") + text(dataset, "AcquisitionTime"));
  const isProcessed = series_s !== undefined && acquisition_s !== undefined && series_s > acquisition_s;
  return isProcessed ? undefined : series_s;
}

function injection(drug: Dataset | undefined, dataset: Dataset, scan_s: number): number | undefined {
  const stated = seconds(text(drug, "RadiopharmaceuticalStartDateTime"));
  if (stated !== undefined) return stated;
  const time = text(drug, "RadiopharmaceuticalStartTime");
  const sameDay = time ? seconds(text(dataset, "SeriesDate") + time) : undefined;
  // Only a time is stated: given before midnight, scanned after it.
  return sameDay !== undefined && sameDay > scan_s ? sameDay - 86_400 : sameDay;
}

/** Return seconds for "YYYYMMDDHHMMSS.FFFFFF"; without date or hour there is no answer. Time zones play no role here. */
function seconds(dateTime: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(\.\d+)?/.exec(dateTime);
  if (!parts) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, fraction = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 + fraction;
}
