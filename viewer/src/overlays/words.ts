/** What stands over the picture. */
import type { Words } from "../language/words";

type Key =
  | "image"
  | "slice"
  | "detector"
  | "lossy"
  | "years"
  | "axial"
  | "coronal"
  | "sagittal"
  | "oblique"
  | "no-suv"
  | "units"
  | "attenuation"
  | "weight"
  | "dose"
  | "half-life"
  | "injection time"
  | "scan time";

export const WORDS: Words<Key> = {
  image: { en: "Image {image} of {n}", de: "Bild {image} von {n}", vi: "Ảnh {image} trên {n}" },
  slice: { en: "Slice", de: "Schicht", vi: "Lát" },
  detector: { en: "Scale at the detector", de: "Maßstab am Detektor", vi: "Thước đo tại đầu thu" },
  lossy: { en: "Lossy compression", de: "Verlustbehaftet komprimiert", vi: "Nén mất dữ liệu" },
  years: { en: "{age} y", de: "{age} J", vi: "{age} tuổi" },
  axial: { en: "axial", de: "axial", vi: "ngang" },
  coronal: { en: "coronal", de: "koronal", vi: "đứng ngang" },
  sagittal: { en: "sagittal", de: "sagittal", vi: "đứng dọc" },
  oblique: { en: "oblique {plane}", de: "schräg {plane}", vi: "{plane} chếch" },
  "no-suv": { en: "no SUV: {reason}", de: "kein SUV: {reason}", vi: "không có SUV: {reason}" },
  units: { en: "unit of the values", de: "Einheit der Werte", vi: "đơn vị giá trị" },
  attenuation: {
    en: "not corrected for attenuation and decay",
    de: "nicht auf Schwächung und Zerfall korrigiert",
    vi: "chưa hiệu chỉnh suy giảm và phân rã",
  },
  weight: { en: "no body weight", de: "kein Körpergewicht", vi: "thiếu cân nặng" },
  dose: { en: "no administered activity", de: "keine verabreichte Aktivität", vi: "thiếu hoạt độ tiêm" },
  "half-life": { en: "no half-life", de: "keine Halbwertszeit", vi: "thiếu chu kỳ bán rã" },
  "injection time": { en: "no time of injection", de: "keine Injektionszeit", vi: "thiếu giờ tiêm" },
  "scan time": {
    en: "start of the scan not known",
    de: "Beginn der Aufnahme unbekannt",
    vi: "không rõ giờ bắt đầu chụp",
  },
};
