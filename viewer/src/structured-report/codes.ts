/** Coded concepts, and those that measurement reports are made of. Source: DICOM PS3.16 (TID 300, 1410, 1500, 1501). */
import { datasetOf, itemsOf, textOf } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";

export interface Code {
  value: string;
  scheme: string;
  meaning: string;
}

export function code(value: string, scheme: string, meaning: string): Code {
  return { value, scheme, meaning };
}

const dcm = (value: string, meaning: string) => code(value, "DCM", meaning);
const sct = (value: string, meaning: string) => code(value, "SCT", meaning);
const loinc = (value: string, meaning: string) => code(value, "LN", meaning);
export const ucum = (value: string, meaning: string = value) => code(value, "UCUM", meaning);

export const IMAGING_MEASUREMENT_REPORT = dcm("126000", "Imaging Measurement Report");
export const LANGUAGE = dcm("121049", "Language of Content Item and Descendants");
export const ENGLISH = code("en", "RFC5646", "English");
export const OBSERVER_TYPE = dcm("121005", "Observer Type");
export const PERSON = dcm("121006", "Person");
export const PERSON_OBSERVER_NAME = dcm("121008", "Person Observer Name");
export const PROCEDURE_REPORTED = dcm("121058", "Procedure reported");
export const IMAGE_LIBRARY = dcm("111028", "Image Library");
export const IMAGE_LIBRARY_GROUP = dcm("126200", "Image Library Group");
export const IMAGING_MEASUREMENTS = dcm("126010", "Imaging Measurements");
export const MEASUREMENT_GROUP = dcm("125007", "Measurement Group");
export const TRACKING_IDENTIFIER = dcm("112039", "Tracking Identifier");
export const TRACKING_UID = dcm("112040", "Tracking Unique Identifier");
export const FINDING = dcm("121071", "Finding");
export const FINDING_SITE = sct("363698007", "Finding Site");
export const SOURCE_OF_MEASUREMENT = dcm("121112", "Source of Measurement");
export const IMAGE_REGION = dcm("111030", "Image Region");
export const REFERENCED_SEGMENT = dcm("121191", "Referenced Segment");
export const SOURCE_SERIES_OF_SEGMENT = dcm("121232", "Source series for segmentation");
export const DERIVATION = dcm("121401", "Derivation");
export const COMMENT = dcm("121106", "Comment");

export const LENGTH = sct("410668003", "Length");
export const LONG_AXIS = sct("103339001", "Long Axis");
export const SHORT_AXIS = sct("103340004", "Short Axis");
export const ANGLE = sct("1483009", "Angle");
export const COBB_ANGLE = sct("285285000", "Cobb angle");
export const AREA = sct("42798000", "Area");
export const VOLUME = sct("118565006", "Volume");
export const PERIMETER = sct("131191004", "Perimeter");
export const MEAN = sct("373098007", "Mean");
export const STANDARD_DEVIATION = sct("386136009", "Standard Deviation");
export const MINIMUM = sct("255605001", "Minimum");
export const MAXIMUM = sct("56851009", "Maximum");
export const PEAK = dcm("126031", "Peak Value Within ROI");

export const INTERVAL = sct("385673002", "Interval");
export const SLOPE = code("slope", "99ISOCENTER", "Slope");
export const PEAK_VELOCITY = loinc("20355-4", "Peak Blood Velocity");
export const MEAN_VELOCITY = loinc("20352-1", "Time averaged mean velocity");
export const PEAK_GRADIENT = loinc("20247-3", "Peak Gradient");
export const MEAN_GRADIENT = loinc("20256-4", "Mean Gradient");
export const VELOCITY_TIME_INTEGRAL = loinc("20354-7", "Velocity Time Integral");
export const ACCELERATION_SLOPE = loinc("20167-3", "Acceleration Slope");
export const DECELERATION_SLOPE = loinc("20216-8", "Deceleration Slope");
export const DECELERATION_TIME = loinc("20217-6", "Deceleration Time");
export const PRESSURE_HALF_TIME = loinc("20280-4", "Pressure Half-Time");

export const PEAK_LONGITUDINAL_STRAIN = dcm("130671", "Peak Longitudinal Lagrangian Strain");
export const GLOBAL_STRAIN_4_CHAMBER = dcm("130691", "LV Peak Systolic GLS 4CH (Endocardial)");
export const GLOBAL_STRAIN_2_CHAMBER = dcm("130692", "LV Peak Systolic GLS 2CH (Endocardial)");
export const GLOBAL_STRAIN_3_CHAMBER = dcm("130693", "LV Peak Systolic GLS ALAX (Endocardial)");

export const ATTENUATION_COEFFICIENT = dcm("112031", "Attenuation Coefficient");
export const SUV_BODY_WEIGHT = dcm("126401", "SUVbw");
export const DIFFUSION_COEFFICIENT = dcm("113041", "Apparent Diffusion Coefficient");
export const MR_SIGNAL_INTENSITY = dcm("110852", "MR signal intensity");

export const IMAGING_PROCEDURE = sct("363679005", "Imaging procedure");

/** Return whether two codes name the same concept; the meaning is for people. */
export function isSame(a: Code | undefined, b: Code | undefined): boolean {
  return a !== undefined && b !== undefined && a.value === b.value && a.scheme === b.scheme;
}

export function codeItem(of: Code): Dataset {
  const isLong = of.value.length > 16;
  return datasetOf({
    [isLong ? "LongCodeValue" : "CodeValue"]: of.value,
    CodingSchemeDesignator: of.scheme,
    CodeMeaning: of.meaning.slice(0, 64),
  });
}

/** Return the code of a code sequence's first item, or undefined. */
export function codeOf(dataset: Dataset | undefined, sequence: CodeSequence): Code | undefined {
  const [item] = itemsOf(dataset, sequence);
  if (!item) return undefined;
  const value = textOf(item, "CodeValue") || textOf(item, "LongCodeValue") || textOf(item, "UrnCodeValue");
  return code(value, textOf(item, "CodingSchemeDesignator"), textOf(item, "CodeMeaning"));
}

export type CodeSequence =
  | "ConceptNameCodeSequence"
  | "ConceptCodeSequence"
  | "MeasurementUnitsCodeSequence"
  | "SegmentedPropertyCategoryCodeSequence"
  | "SegmentedPropertyTypeCodeSequence"
  | "SegmentedPropertyTypeModifierCodeSequence"
  | "AnatomicRegionSequence";
