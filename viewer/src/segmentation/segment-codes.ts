/**
 * What segments usually are, with categories, codes and colours.
 *
 * Source: DICOM PS3.16 CID 7150 (categories), 7151 to 7166 and 7194 (types); SNOMED CT; colours near those of 3D
 * Slicer's generic anatomy table.
 */
import { type Code, code } from "../structured-report/codes";
import type { Rgb } from "./cielab";

export interface SegmentKind {
  category: Code;
  type: Code;
  rgb: Rgb;
}

const sct = (value: string, meaning: string) => code(value, "SCT", meaning);

export const ABNORMAL = sct("49755003", "Morphologically Altered Structure");
export const ANATOMICAL = sct("123037004", "Anatomical Structure");
export const TISSUE = sct("85756007", "Tissue");
export const OBJECT = sct("260787004", "Physical object");
export const FUNCTION = sct("246464006", "Function");
export const SUBSTANCE = sct("91720002", "Body substance");

export const CATEGORIES: readonly Code[] = [ABNORMAL, ANATOMICAL, TISSUE, SUBSTANCE, OBJECT, FUNCTION];

const kind = (category: Code, value: string, meaning: string, rgb: Rgb): SegmentKind => ({
  category,
  type: sct(value, meaning),
  rgb,
});

export const KINDS: readonly SegmentKind[] = [
  kind(ABNORMAL, "52988006", "Lesion", [224, 96, 76]),
  kind(ABNORMAL, "27925004", "Nodule", [240, 140, 80]),
  kind(ABNORMAL, "4147007", "Mass", [144, 238, 144]),
  kind(ABNORMAL, "108369006", "Neoplasm", [214, 90, 140]),
  kind(ABNORMAL, "79654002", "Edema", [140, 224, 228]),
  kind(ABNORMAL, "6574001", "Necrosis", [216, 191, 216]),
  kind(ABNORMAL, "367643001", "Cyst", [205, 205, 100]),
  kind(ABNORMAL, "50960005", "Hemorrhage", [188, 95, 76]),
  kind(ABNORMAL, "396339007", "Thrombus", [190, 70, 90]),
  kind(ANATOMICAL, "10200004", "Liver", [221, 130, 101]),
  kind(ANATOMICAL, "78961009", "Spleen", [157, 108, 162]),
  kind(ANATOMICAL, "64033007", "Kidney", [185, 102, 83]),
  kind(ANATOMICAL, "15776009", "Pancreas", [249, 180, 111]),
  kind(ANATOMICAL, "28231008", "Gallbladder", [139, 150, 98]),
  kind(ANATOMICAL, "69695003", "Stomach", [216, 132, 105]),
  kind(ANATOMICAL, "23451007", "Adrenal gland", [249, 186, 150]),
  kind(ANATOMICAL, "89837001", "Urinary bladder", [222, 154, 132]),
  kind(ANATOMICAL, "41216001", "Prostate", [230, 158, 140]),
  kind(ANATOMICAL, "35039007", "Uterus", [255, 181, 158]),
  kind(ANATOMICAL, "39607008", "Lung", [197, 165, 145]),
  kind(ANATOMICAL, "80891009", "Heart", [206, 110, 84]),
  kind(ANATOMICAL, "15825003", "Aorta", [224, 97, 76]),
  kind(ANATOMICAL, "12738006", "Brain", [250, 250, 225]),
  kind(ANATOMICAL, "69748006", "Thyroid", [178, 120, 190]),
  kind(ANATOMICAL, "59441001", "Lymph node", [68, 172, 100]),
  kind(ANATOMICAL, "51282000", "Vertebra", [226, 202, 134]),
  kind(ANATOMICAL, "59820001", "Blood vessel", [216, 101, 79]),
  kind(TISSUE, "85756007", "Tissue", [128, 174, 128]),
  kind(TISSUE, "272673000", "Bone", [241, 214, 145]),
  kind(TISSUE, "91727004", "Muscle", [192, 104, 88]),
  kind(TISSUE, "55603005", "Adipose tissue", [230, 220, 70]),
  kind(SUBSTANCE, "87612001", "Blood", [170, 40, 40]),
  kind(SUBSTANCE, "32457005", "Body fluid", [127, 191, 255]),
  kind(OBJECT, "40388003", "Implant", [110, 184, 209]),
];

/** Colours of segments that the list has none for, far from each other. */
const FURTHER: readonly Rgb[] = [
  [86, 180, 233],
  [230, 159, 0],
  [0, 158, 115],
  [240, 228, 66],
  [204, 121, 167],
  [213, 94, 0],
  [120, 140, 255],
  [150, 220, 120],
];

export function furtherColour(index: number): Rgb {
  return FURTHER[index % FURTHER.length] ?? [128, 174, 128];
}
