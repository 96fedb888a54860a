/**
 * From activity concentration to standardised uptake by body weight.
 *
 * Source: QIBA SUV vendor-neutral pseudo-code (2012), for images in Bq/mL that are corrected for attenuation and decay;
 * DICOM PS3.3 sec. C.8.9.1 (Units, Decay Correction), C.8.9.2 (radiopharmaceutical).
 */
import { itemsOf, numbersOf, textOf } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";

/** Return what Bq/mL are multiplied with, in g/Bq, or undefined where the object does not say enough. */
export function suvFactor(dataset: Dataset): number | undefined {
  const [tracer] = itemsOf(dataset, "RadiopharmaceuticalInformationSequence");
  const [[weight_kg], [dose_bq]] = [numbersOf(dataset, "PatientWeight"), numbersOf(tracer, "RadionuclideTotalDose")];
  const corrected = (dataset["00280051"]?.Value ?? []).map(String);
  const isCorrected = corrected.includes("ATTN") && corrected.includes("DECY");
  if (textOf(dataset, "Units") !== "BQML" || !isCorrected || !weight_kg || !dose_bq) return undefined;
  const decay = remaining(dataset, tracer);
  return decay === undefined ? undefined : (weight_kg * 1000) / (dose_bq * decay);
}

/** Return the share of the dose that is left at the time to which the images are corrected. */
function remaining(dataset: Dataset, tracer: Dataset | undefined): number | undefined {
  const correction = textOf(dataset, "DecayCorrection");
  if (correction === "ADMIN") return 1;
  const [halfLife_s] = numbersOf(tracer, "RadionuclideHalfLife");
  const series_s = secondsOf(textOf(dataset, "SeriesDate"), textOf(dataset, "SeriesTime"));
  const acquired_s = secondsOf(textOf(dataset, "AcquisitionDate"), textOf(dataset, "AcquisitionTime"));
  const whole = textOf(tracer, "RadiopharmaceuticalStartDateTime");
  const started_s = whole
    ? secondsOf(whole.slice(0, 8), whole.slice(8))
    : secondsOf(textOf(dataset, "SeriesDate"), textOf(tracer, "RadiopharmaceuticalStartTime"));
  if (correction !== "START" || !halfLife_s || series_s === undefined || started_s === undefined) return undefined;
  // A series date behind the acquisition is that of later processing.
  if (acquired_s === undefined || series_s > acquired_s || series_s < started_s) return undefined;
  return 2 ** (-(series_s - started_s) / halfLife_s);
}

function secondsOf(date: string, time: string): number | undefined {
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  const clock = /^(\d{2})(\d{2})(\d{2}(?:\.\d+)?)/.exec(time);
  if (!day || !clock) return undefined;
  const midnight_s = Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3])) / 1000;
  return midnight_s + Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
}
