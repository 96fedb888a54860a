/** Why a series is no volume, in words; and what the volume's controls are called. */
import { sayIn, type Words } from "../language/words";
import type { Irregularity } from "./regular-volume";

type Key =
  | Irregularity["reason"]
  | "title"
  | "remedy"
  | "webgl"
  | "webgl-remedy"
  | "loading"
  | "MIP"
  | "MinIP"
  | "average"
  | "slab"
  | "fusion"
  | "no-fusion"
  | "colours"
  | "opacity"
  | "rendering"
  | "thickness"
  | "projection"
  | "thin"
  | "no-fusion-title"
  | "no-way"
  | "no-way-remedy"
  | "sheared"
  | "sheared-remedy";

export const WORDS: Words<Key> = {
  title: {
    en: "These images are no regular volume",
    de: "Diese Bilder bilden kein regelmäßiges Volumen",
    vi: "Các ảnh này không tạo thành khối đều",
  },
  remedy: {
    en: "The images can be read as acquired (⇧S).",
    de: "Die Bilder lassen sich wie aufgenommen lesen (⇧S).",
    vi: "Có thể đọc ảnh như khi chụp (⇧S).",
  },
  "no-fusion-title": {
    en: "The two series cannot be laid over each other",
    de: "Die beiden Serien lassen sich nicht überlagern",
    vi: "Không thể chồng hai loạt này",
  },
  "no-way": {
    en: "They have different frames of reference, and no spatial registration in their studies leads from one to the other.",
    de: "Sie haben verschiedene Bezugssysteme, und keine räumliche Registrierung ihrer Studien führt vom einen zum anderen.",
    vi: "Hai loạt có hệ quy chiếu khác nhau và không có đối tượng đăng ký không gian nào nối chúng.",
  },
  "no-way-remedy": {
    en: "Register them and store the registration (Spatial Registration), or read them side by side with linked scrolling.",
    de: "Registrieren und das Ergebnis (Spatial Registration) speichern, oder beide nebeneinander mit gekoppeltem Blättern lesen.",
    vi: "Hãy đăng ký hai loạt và lưu kết quả (Spatial Registration), hoặc đọc cạnh nhau với cuộn liên kết.",
  },
  sheared: {
    en: "The registration between them shears the volume; only turns, shifts and scales are drawn.",
    de: "Die Registrierung dazwischen schert das Volumen; gezeichnet werden nur Drehung, Verschiebung und Skalierung.",
    vi: "Phép đăng ký làm xiên khối; chỉ vẽ được phép xoay, dời và co giãn.",
  },
  "sheared-remedy": {
    en: "Resample one of them with the registration and store it as a series of its own.",
    de: "Eine davon mit der Registrierung neu abtasten und als eigene Serie speichern.",
    vi: "Hãy lấy mẫu lại một loạt theo phép đăng ký và lưu thành loạt riêng.",
  },
  few: {
    en: "The series has {found} images; a volume needs {expected} or more.",
    de: "Die Serie hat {found} Bilder; ein Volumen braucht mindestens {expected}.",
    vi: "Loạt có {found} ảnh; một khối cần ít nhất {expected} ảnh.",
  },
  colour: {
    en: "The images are in colour; planes are cut through volumes of single values.",
    de: "Die Bilder sind farbig; Ebenen werden durch Volumen mit Einzelwerten gelegt.",
    vi: "Ảnh có màu; mặt phẳng chỉ cắt qua khối có một giá trị mỗi điểm.",
  },
  unplaced: {
    en: "Image {image} does not say where it lies in the patient, or how far its pixels are apart.",
    de: "Bild {image} sagt nicht, wo es im Patienten liegt oder welchen Abstand seine Pixel haben.",
    vi: "Ảnh {image} không cho biết vị trí trong bệnh nhân hoặc khoảng cách điểm ảnh.",
  },
  raster: {
    en: "Image {image} has {found} pixels, the first one {expected}.",
    de: "Bild {image} hat {found} Pixel, das erste {expected}.",
    vi: "Ảnh {image} có {found} điểm ảnh, ảnh đầu có {expected}.",
  },
  orientation: {
    en: "Image {image} is turned by {found_deg}° against the first one.",
    de: "Bild {image} ist gegen das erste um {found_deg}° gedreht.",
    vi: "Ảnh {image} xoay {found_deg}° so với ảnh đầu.",
  },
  spacing: {
    en: "The pixels of image {image} are {found} apart, those of the first one {expected}.",
    de: "Die Pixel von Bild {image} haben den Abstand {found}, die des ersten {expected}.",
    vi: "Điểm ảnh của ảnh {image} cách nhau {found}, của ảnh đầu {expected}.",
  },
  space: {
    en: "Image {image} lies in another frame of reference than the first one.",
    de: "Bild {image} liegt in einem anderen Bezugssystem als das erste.",
    vi: "Ảnh {image} nằm trong hệ quy chiếu khác với ảnh đầu.",
  },
  repeated: {
    en: "There are {nTimes} images at the place of image {image}: the series holds several volumes or phases.",
    de: "Am Ort von Bild {image} liegen {nTimes} Bilder: Die Serie enthält mehrere Volumen oder Phasen.",
    vi: "Có {nTimes} ảnh tại vị trí của ảnh {image}: loạt chứa nhiều khối hoặc nhiều pha.",
  },
  gap: {
    en: "At image {image} the step is {found_mm} mm, elsewhere {expected_mm} mm.",
    de: "Bei Bild {image} beträgt der Schritt {found_mm} mm, sonst {expected_mm} mm.",
    vi: "Tại ảnh {image} bước là {found_mm} mm, nơi khác {expected_mm} mm.",
  },
  tilt: {
    en: "The images are shifted sideways like those of a gantry tilted by {found_deg}°.",
    de: "Die Bilder sind seitlich versetzt wie bei einer um {found_deg}° gekippten Gantry.",
    vi: "Các ảnh lệch sang bên như khi giàn máy nghiêng {found_deg}°.",
  },
  webgl: {
    en: "Volumes need WebGL 2, which this browser does not give.",
    de: "Volumen brauchen WebGL 2, das dieser Browser nicht bietet.",
    vi: "Khối cần WebGL 2 mà trình duyệt này không có.",
  },
  "webgl-remedy": {
    en: "Turn on hardware acceleration, or read the images as acquired (⇧S).",
    de: "Hardwarebeschleunigung einschalten oder die Bilder wie aufgenommen lesen (⇧S).",
    vi: "Bật tăng tốc phần cứng hoặc đọc ảnh như khi chụp (⇧S).",
  },
  loading: {
    en: "{done} of {total} images",
    de: "{done} von {total} Bildern",
    vi: "{done} trên {total} ảnh",
  },
  MIP: { en: "MIP", de: "MIP", vi: "MIP" },
  MinIP: { en: "MinIP", de: "MinIP", vi: "MinIP" },
  average: { en: "Average", de: "Mittelwert", vi: "Trung bình" },
  slab: { en: "Slab", de: "Schicht", vi: "Lát dày" },
  thin: { en: "Thin", de: "Dünn", vi: "Mỏng" },
  projection: { en: "Projection of the slab", de: "Projektion der Schicht", vi: "Phép chiếu lát dày" },
  thickness: { en: "Slab thickness in mm", de: "Schichtdicke in mm", vi: "Độ dày lát (mm)" },
  fusion: { en: "Series over it", de: "Serie darüber", vi: "Loạt chồng lên" },
  "no-fusion": { en: "No fusion", de: "Keine Fusion", vi: "Không chồng" },
  colours: { en: "Colours of the series over it", de: "Farben der Serie darüber", vi: "Màu của loạt chồng" },
  opacity: { en: "Opacity of the series over it", de: "Deckkraft der Serie darüber", vi: "Độ đục của loạt chồng" },
  rendering: { en: "Colours and opacities", de: "Farben und Deckkraft", vi: "Màu và độ đục" },
};

/** Return what to say of a series that is no regular volume, in the language of the moment. */
export function irregularityText(found: Irregularity): { title: string; detail: string; remedy: string } {
  const say = sayIn(WORDS);
  const { reason, ...values } = found;
  const rounded = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "number" ? Number(value.toPrecision(4)) : value,
    ]),
  );
  return { title: say("title"), detail: say(reason, rounded), remedy: say("remedy") };
}
