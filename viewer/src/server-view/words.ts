/** What a view drawn by the server says. */
import type { Words } from "../language/words";

export const WORDS = {
  view: { en: "View drawn by the server", de: "Vom Server gezeichnete Ansicht", vi: "Ảnh do máy chủ vẽ" },
  why: {
    en: "This browser cannot draw with WebGL: the server draws.",
    de: "Dieser Browser kann nicht mit WebGL zeichnen: der Server zeichnet.",
    vi: "Trình duyệt này không vẽ được bằng WebGL: máy chủ sẽ vẽ.",
  },
  "too-large": {
    en: "The volume does not fit this browser's memory: the server draws.",
    de: "Das Volumen passt nicht in den Speicher dieses Browsers: der Server zeichnet.",
    vi: "Khối ảnh không vừa bộ nhớ trình duyệt: máy chủ sẽ vẽ.",
  },
  back: { en: "Back to the viewer", de: "Zurück zum Betrachter", vi: "Về trình xem" },
  "whole-page": { en: "Whole page", de: "Ganze Seite", vi: "Cả trang" },
  reading: {
    en: "The server is reading the series",
    de: "Der Server liest die Serie",
    vi: "Máy chủ đang đọc loạt ảnh",
  },
  series: { en: "Series", de: "Serie", vi: "Loạt ảnh" },
  axial: { en: "Axial", de: "Axial", vi: "Ngang" },
  coronal: { en: "Coronal", de: "Koronar", vi: "Trán" },
  sagittal: { en: "Sagittal", de: "Sagittal", vi: "Dọc" },
  body: { en: "Volume", de: "Volumen", vi: "Khối 3D" },
  slab: { en: "Slab", de: "Schicht", vi: "Lát dày" },
  none: { en: "none", de: "keine", vi: "không" },
  all: { en: "all of it", de: "alles", vi: "toàn bộ" },
  max: { en: "Maximum", de: "Maximum", vi: "Cực đại" },
  min: { en: "Minimum", de: "Minimum", vi: "Cực tiểu" },
  mean: { en: "Average", de: "Mittel", vi: "Trung bình" },
  projection: { en: "Projection", de: "Projektion", vi: "Phép chiếu" },
  preset: { en: "Preset", de: "Voreinstellung", vi: "Thiết lập sẵn" },
  overlay: { en: "Fusion", de: "Fusion", vi: "Chồng ảnh" },
  opacity: { en: "Opacity", de: "Deckkraft", vi: "Độ đục" },
  reset: { en: "Reset", de: "Zurücksetzen", vi: "Đặt lại" },
  measure: { en: "Measure", de: "Messen", vi: "Đo" },
  invert: { en: "Invert", de: "Invertieren", vi: "Đảo màu" },
  Length: {
    en: "Drag, or click twice; scroll between the clicks to measure between slices.",
    de: "Ziehen oder zweimal klicken; dazwischen blättern misst zwischen Schichten.",
    vi: "Kéo, hoặc nhấp hai lần; cuộn giữa hai lần nhấp để đo giữa các lát.",
  },
  Angle: {
    en: "Click three places, the vertex second.",
    de: "Drei Stellen anklicken, den Scheitel als zweite.",
    vi: "Nhấp ba điểm, đỉnh là điểm thứ hai.",
  },
  EllipticalROI: {
    en: "Drag from the middle outwards: area and values inside.",
    de: "Von der Mitte nach außen ziehen: Fläche und Werte darin.",
    vi: "Kéo từ tâm ra ngoài: diện tích và giá trị bên trong.",
  },
  help: {
    en: "Wheel or arrows: scroll; with Ctrl, or + and -: size. Drag: window, or turn the volume; middle button: move. R, H, V: turn, mirror.",
    de: "Rad oder Pfeile: blättern; mit Strg oder + und -: Größe. Ziehen: fenstern oder Volumen drehen; mittlere Taste: schieben. R, H, V: drehen, spiegeln.",
    vi: "Bánh xe hoặc phím mũi tên: cuộn; với Ctrl, hoặc + và -: cỡ. Kéo: đổi cửa sổ, hoặc xoay khối; nút giữa: dời ảnh. R, H, V: xoay, lật.",
  },
} as const satisfies Words<string>;
