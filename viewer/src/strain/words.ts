/** What strain along a line says. */
import type { Words } from "../language/words";
import type { Level, ViewName, Wall } from "./segments";

export const WORDS = {
  strain: { en: "Strain", de: "Strain", vi: "Biến dạng" },
  hint: {
    en: "Strain of the heart's wall along a line",
    de: "Strain der Herzwand entlang einer Linie",
    vi: "Biến dạng thành tim dọc theo một đường",
  },
  close: { en: "Close", de: "Schließen", vi: "Đóng" },
  view: { en: "View", de: "Blick", vi: "Mặt cắt" },
  first: { en: "Beat from frame", de: "Schlag von Bild", vi: "Nhịp từ khung" },
  last: { en: "to frame", de: "bis Bild", vi: "đến khung" },
  whole: {
    en: "The last frame shows what the first did: take drift back",
    de: "Das letzte Bild zeigt, was das erste zeigte: Abweichung zurücknehmen",
    vi: "Khung cuối giống khung đầu: bù độ trôi",
  },
  "no-loop": {
    en: "Choose a loop of ultrasound images.",
    de: "Eine Ultraschallsequenz wählen.",
    vi: "Chọn một chuỗi ảnh siêu âm.",
  },
  draw: {
    en: "Click along the middle of the wall: from the base of the {wall} wall over the apex to the other base, best seven points or more.",
    de: "Entlang der Mitte der Wand klicken: von der Basis der Wand {wall} über die Spitze zur anderen Basis, am besten sieben Punkte oder mehr.",
    vi: "Bấm dọc giữa thành tim: từ đáy {wall} qua mỏm đến đáy bên kia, tốt nhất từ bảy điểm.",
  },
  points: {
    en: "{count} points in frame {frame}",
    de: "{count} Punkte in Bild {frame}",
    vi: "{count} điểm ở khung {frame}",
  },
  "take-back": { en: "Take back a point", de: "Punkt zurücknehmen", vi: "Bỏ điểm cuối" },
  "draw-again": { en: "Draw again", de: "Neu zeichnen", vi: "Vẽ lại" },
  turn: { en: "Other wall first", de: "Andere Wand zuerst", vi: "Đổi thành đầu" },
  follow: { en: "Follow the wall", de: "Wand verfolgen", vi: "Theo dõi thành" },
  along: {
    en: "Strain along this line: {name}",
    de: "Strain entlang dieser Linie: {name}",
    vi: "Biến dạng dọc đường này: {name}",
  },
  following: { en: "Following the wall", de: "Die Wand wird verfolgt", vi: "Đang theo dõi thành" },
  stop: { en: "Stop", de: "Anhalten", vi: "Dừng" },
  curves: { en: "Strain over the beat", de: "Strain über den Schlag", vi: "Biến dạng theo nhịp" },
  segment: { en: "Segment", de: "Segment", vi: "Vùng" },
  peak: { en: "Peak systolic", de: "Systolischer Gipfel", vi: "Đỉnh tâm thu" },
  "at-end": { en: "At end-systole", de: "Am Ende der Systole", vi: "Cuối tâm thu" },
  "left-out": { en: "cannot be followed", de: "nicht verfolgbar", vi: "không theo dõi được" },
  "no-global": {
    en: "Too little of the wall could be followed for a global strain.",
    de: "Für einen globalen Strain war zu wenig der Wand verfolgbar.",
    vi: "Không đủ thành tim theo dõi được để tính biến dạng toàn bộ.",
  },
  "end-systole": {
    en: "End-systole: frame {frame}, where the wall is shortest",
    de: "Ende der Systole: Bild {frame}, wo die Wand am kürzesten ist",
    vi: "Cuối tâm thu: khung {frame}, khi thành ngắn nhất",
  },
  drift: {
    en: "Drift of {mm} mm over the beat was taken back evenly.",
    de: "Eine Abweichung von {mm} mm über den Schlag wurde gleichmäßig zurückgenommen.",
    vi: "Độ trôi {mm} mm trong nhịp đã được bù đều.",
  },
  "no-drift": {
    en: "Drift is not corrected: this is no whole beat.",
    de: "Die Abweichung ist nicht korrigiert: dies ist kein ganzer Schlag.",
    vi: "Không bù độ trôi: đây không phải trọn nhịp.",
  },
  keep: { en: "Keep in the measurements", de: "Zu den Messungen nehmen", vi: "Lưu vào phép đo" },
  kept: { en: "Kept in the measurements", de: "Bei den Messungen", vi: "Đã lưu vào phép đo" },
  frame: { en: "Frame {frame}", de: "Bild {frame}", vi: "Khung {frame}" },
} satisfies Words<string>;

export const VIEW_WORDS: Words<ViewName> = {
  "4 chamber": { en: "4 chamber", de: "Vierkammer", vi: "4 buồng" },
  "2 chamber": { en: "2 chamber", de: "Zweikammer", vi: "2 buồng" },
  "3 chamber": { en: "3 chamber", de: "Dreikammer", vi: "3 buồng" },
};

export const LEVEL_WORDS: Words<Level> = {
  basal: { en: "basal", de: "basal", vi: "đáy" },
  mid: { en: "mid", de: "mittig", vi: "giữa" },
  apical: { en: "apical", de: "apikal", vi: "mỏm" },
};

export const WALL_WORDS: Words<Wall> = {
  anterior: { en: "anterior", de: "anterior", vi: "thành trước" },
  anteroseptal: { en: "anteroseptal", de: "anteroseptal", vi: "vách trước" },
  inferoseptal: { en: "inferoseptal", de: "inferoseptal", vi: "vách dưới" },
  inferior: { en: "inferior", de: "inferior", vi: "thành dưới" },
  inferolateral: { en: "inferolateral", de: "inferolateral", vi: "thành dưới bên" },
  anterolateral: { en: "anterolateral", de: "anterolateral", vi: "thành trước bên" },
  septal: { en: "septal", de: "septal", vi: "vách" },
  lateral: { en: "lateral", de: "lateral", vi: "thành bên" },
};
