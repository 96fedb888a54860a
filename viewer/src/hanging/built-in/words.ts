/** Names of the built-in protocols and their stages; what people name themselves stays as it is. */
import type { Words } from "../../language/words";

type Name = keyof typeof TABLE;

const TABLE = {
  Mammography: { en: "Mammography", de: "Mammographie", vi: "Nhũ ảnh" },
  "Mammography and prior": { en: "Mammography and prior", de: "Mammographie und Vor", vi: "Nhũ ảnh và ca cũ" },
  "CC and MLO, priors below": {
    en: "CC and MLO, priors below",
    de: "CC und MLO, Vor darunter",
    vi: "CC và MLO, ca cũ ở dưới",
  },
  "CC, priors below": { en: "CC, priors below", de: "CC, Vor darunter", vi: "CC, ca cũ ở dưới" },
  "MLO, priors below": { en: "MLO, priors below", de: "MLO, Vor darunter", vi: "MLO, ca cũ ở dưới" },
  "CC and MLO": { en: "CC and MLO", de: "CC und MLO", vi: "CC và MLO" },
  CC: { en: "CC", de: "CC", vi: "CC" },
  MLO: { en: "MLO", de: "MLO", vi: "MLO" },
  "Tomosynthesis CC": { en: "Tomosynthesis CC", de: "Tomosynthese CC", vi: "Tomosynthesis CC" },
  "Tomosynthesis MLO": { en: "Tomosynthesis MLO", de: "Tomosynthese MLO", vi: "Tomosynthesis MLO" },
  "PET/CT": { en: "PET/CT", de: "PET/CT", vi: "PET/CT" },
  "CT, PET, fused, whole body": {
    en: "CT, PET, fused, whole body",
    de: "CT, PET, Fusion, ganzer Körper",
    vi: "CT, PET, chồng, toàn thân",
  },
  "Fused planes": { en: "Fused planes", de: "Fusion in Ebenen", vi: "Mặt phẳng chồng" },
  "CT and PET": { en: "CT and PET", de: "CT und PET", vi: "CT và PET" },
  CT: { en: "CT", de: "CT", vi: "CT" },
  "CT head": { en: "CT head", de: "CT Kopf", vi: "CT sọ não" },
  "CT chest": { en: "CT chest", de: "CT Thorax", vi: "CT ngực" },
  "CT abdomen": { en: "CT abdomen", de: "CT Abdomen", vi: "CT bụng" },
  "CT spine": { en: "CT spine", de: "CT Wirbelsäule", vi: "CT cột sống" },
  "CT joint and limb": { en: "CT joint and limb", de: "CT Gelenk und Extremität", vi: "CT khớp và chi" },
  "Brain and bone": { en: "Brain and bone", de: "Hirn und Knochen", vi: "Não và xương" },
  "Mediastinum and lung": { en: "Mediastinum and lung", de: "Mediastinum und Lunge", vi: "Trung thất và phổi" },
  "Bone and soft tissue": { en: "Bone and soft tissue", de: "Knochen und Weichteil", vi: "Xương và mô mềm" },
  Abdomen: { en: "Abdomen", de: "Abdomen", vi: "Bụng" },
  Phases: { en: "Phases", de: "Phasen", vi: "Các thì" },
  Planes: { en: "Planes", de: "Ebenen", vi: "Các mặt phẳng" },
  "Prior beside it": { en: "Prior beside it", de: "Vor daneben", vi: "Ca cũ bên cạnh" },
  Series: { en: "Series", de: "Serie", vi: "Loạt" },
  "Two series": { en: "Two series", de: "Zwei Serien", vi: "Hai loạt" },
  "MR brain": { en: "MR brain", de: "MR Kopf", vi: "MR sọ não" },
  "MR spine": { en: "MR spine", de: "MR Wirbelsäule", vi: "MR cột sống" },
  "T1, T2, FLAIR, diffusion": {
    en: "T1, T2, FLAIR, diffusion",
    de: "T1, T2, FLAIR, Diffusion",
    vi: "T1, T2, FLAIR, khuếch tán",
  },
  "Before and after contrast": {
    en: "Before and after contrast",
    de: "Vor und nach Kontrast",
    vi: "Trước và sau tiêm",
  },
  "FLAIR and prior": { en: "FLAIR and prior", de: "FLAIR und Vor", vi: "FLAIR và ca cũ" },
  "Sagittal T1, T2, STIR; axial T2": {
    en: "Sagittal T1, T2, STIR; axial T2",
    de: "Sagittal T1, T2, STIR; axial T2",
    vi: "Đứng dọc T1, T2, STIR; ngang T2",
  },
  "Sagittal T2 and prior": { en: "Sagittal T2 and prior", de: "Sagittal T2 und Vor", vi: "T2 đứng dọc và ca cũ" },
  Radiographs: { en: "Radiographs", de: "Röntgenbilder", vi: "X quang" },
  "Radiographs and prior": { en: "Radiographs and prior", de: "Röntgenbilder und Vor", vi: "X quang và ca cũ" },
  "Two views": { en: "Two views", de: "Zwei Projektionen", vi: "Hai tư thế" },
  "Two views, priors below": {
    en: "Two views, priors below",
    de: "Zwei Projektionen, Vor darunter",
    vi: "Hai tư thế, ca cũ ở dưới",
  },
  "One view": { en: "One view", de: "Eine Projektion", vi: "Một tư thế" },
  Ultrasound: { en: "Ultrasound", de: "Ultraschall", vi: "Siêu âm" },
  "Angiography and fluoroscopy": {
    en: "Angiography and fluoroscopy",
    de: "Angiographie und Durchleuchtung",
    vi: "Chụp mạch và soi",
  },
  One: { en: "One", de: "Eine", vi: "Một" },
  Two: { en: "Two", de: "Zwei", vi: "Hai" },
  Four: { en: "Four", de: "Vier", vi: "Bốn" },
  "One series": { en: "One series", de: "Eine Serie", vi: "Một loạt" },
} as const;

export const BUILT_IN_WORDS: Words<Name> = TABLE;

/** Whether a name is one of those that come with the program. */
export function isBuiltInName(name: string): name is Name {
  return Object.hasOwn(TABLE, name);
}
