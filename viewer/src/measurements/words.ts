/** What the measurement panel says. */
import type { Words } from "../language/words";
import type { Kind } from "./measurement";

export const WORDS = {
  title: { en: "Measurements", de: "Messungen", vi: "Số đo" },
  show: { en: "Show measurements", de: "Messungen zeigen", vi: "Hiện số đo" },
  close: { en: "Close measurements", de: "Messungen schließen", vi: "Đóng số đo" },
  none: {
    en: "Nothing measured yet. Choose a tool and draw on the picture.",
    de: "Noch nichts gemessen. Werkzeug wählen und im Bild zeichnen.",
    vi: "Chưa có số đo. Chọn công cụ và vẽ trên ảnh.",
  },
  undo: { en: "Undo", de: "Rückgängig", vi: "Hoàn tác" },
  redo: { en: "Redo", de: "Wiederholen", vi: "Làm lại" },
  csv: { en: "Export CSV", de: "CSV exportieren", vi: "Xuất CSV" },
  save: { en: "Save now", de: "Jetzt speichern", vi: "Lưu ngay" },
  saved: { en: "Saved", de: "Gespeichert", vi: "Đã lưu" },
  unsaved: { en: "Not saved yet", de: "Noch nicht gespeichert", vi: "Chưa lưu" },
  saving: { en: "Saving", de: "Wird gespeichert", vi: "Đang lưu" },
  failed: { en: "Not saved", de: "Nicht gespeichert", vi: "Không lưu được" },
  retrying: {
    en: "Kept in memory; trying again in {seconds} s.",
    de: "Im Speicher behalten; neuer Versuch in {seconds} s.",
    vi: "Giữ trong bộ nhớ; thử lại sau {seconds} giây.",
  },
  kept: {
    en: "Kept in memory until it is saved.",
    de: "Bleibt im Speicher, bis gespeichert ist.",
    vi: "Giữ trong bộ nhớ đến khi lưu được.",
  },
  opening: {
    en: "Reading saved measurements",
    de: "Gespeicherte Messungen werden gelesen",
    vi: "Đang đọc số đo đã lưu",
  },
  openFailed: {
    en: "Saved measurements could not be read",
    de: "Gespeicherte Messungen konnten nicht gelesen werden",
    vi: "Không đọc được số đo đã lưu",
  },
  again: { en: "Try again", de: "Erneut versuchen", vi: "Thử lại" },
  label: { en: "Label of {name}", de: "Beschriftung von {name}", vi: "Nhãn của {name}" },
  goTo: { en: "Show {name}", de: "{name} zeigen", vi: "Xem {name}" },
  hide: { en: "Hide {name}", de: "{name} verbergen", vi: "Ẩn {name}" },
  unhide: { en: "Show {name} on the picture", de: "{name} im Bild zeigen", vi: "Hiện {name} trên ảnh" },
  delete: { en: "Delete {name}", de: "{name} löschen", vi: "Xóa {name}" },
  foreign: {
    en: "From another document: it can be shown and hidden, not changed.",
    de: "Aus einem anderen Dokument: kann gezeigt und verborgen, nicht geändert werden.",
    vi: "Từ tài liệu khác: có thể hiện hoặc ẩn, không sửa được.",
  },
  notDrawable: {
    en: "Its region cannot be drawn here.",
    de: "Ihre Region kann hier nicht gezeichnet werden.",
    vi: "Không vẽ được vùng này tại đây.",
  },
  image: { en: "image {number}", de: "Bild {number}", vi: "ảnh {number}" },
  frame: { en: "frame {number}", de: "Frame {number}", vi: "khung {number}" },
  ofSegment: { en: "segment {number}", de: "Segment {number}", vi: "phân đoạn {number}" },
  inSpace: { en: "in space", de: "im Raum", vi: "trong không gian" },
  series: { en: "Series {number}", de: "Serie {number}", vi: "Chuỗi {number}" },
  otherSeries: { en: "Other", de: "Andere", vi: "Khác" },
} as const satisfies Words<string>;

export const KIND_WORDS: Words<Kind> = {
  Length: { en: "Length", de: "Länge", vi: "Độ dài" },
  Bidirectional: { en: "Bidirectional", de: "Bidirektional", vi: "Hai chiều" },
  Angle: { en: "Angle", de: "Winkel", vi: "Góc" },
  CobbAngle: { en: "Cobb angle", de: "Cobb-Winkel", vi: "Góc Cobb" },
  EllipticalROI: { en: "Ellipse", de: "Ellipse", vi: "Hình elip" },
  RectangleROI: { en: "Rectangle", de: "Rechteck", vi: "Hình chữ nhật" },
  PlanarFreehandROI: { en: "Freehand", de: "Freihand", vi: "Vẽ tự do" },
  Probe: { en: "Point", de: "Punkt", vi: "Điểm" },
  ArrowAnnotate: { en: "Arrow", de: "Pfeil", vi: "Mũi tên" },
};
