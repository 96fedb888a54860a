/** What the reading page says. */
import type { Words } from "../language/words";

type Key =
  | "series"
  | "series-number"
  | "picture"
  | "opening"
  | "retrying"
  | "coarse"
  | "loading"
  | "no-pictures"
  | "no-pictures-detail"
  | "other-series"
  | "no-series"
  | "no-series-remedy"
  | "tools"
  | "measure"
  | "tool"
  | "view"
  | "layout"
  | "shown-as"
  | "together"
  | "panels"
  | "presets"
  | "preset"
  | "overlays"
  | "overlay-patient"
  | "overlay-technique"
  | "overlay-orientation"
  | "overlay-scale"
  | "overlay-lines"
  | "close"
  | "help-title"
  | "help-tools"
  | "help-mouse"
  | "help-presets"
  | "to"
  | "mouse-left"
  | "mouse-left-does"
  | "mouse-right"
  | "mouse-middle"
  | "mouse-wheel"
  | "mouse-wheel-does"
  | "mouse-double"
  | "group-image"
  | "group-picture"
  | "group-layout"
  | "group-volume"
  | "group-links"
  | "group-panels"
  | "arrow-text"
  | "arrow-done"
  | "not-sent"
  | "not-sent-answer"
  | "not-sent-remedy"
  | "not-decoded"
  | "not-decoded-detail"
  | "not-decoded-remedy"
  | "help-measurements"
  | "undo"
  | "redo"
  | "save"
  | "key-image"
  | "touch-one"
  | "touch-two"
  | "touch-two-does"
  | "touch-three"
  | "help-touch"
  | "play"
  | "pause"
  | "image"
  | "image-of"
  | "rate"
  | "rate-unit";

export const WORDS: Words<Key> = {
  series: { en: "Series", de: "Serien", vi: "Loạt ảnh" },
  "series-number": { en: "Series {number}", de: "Serie {number}", vi: "Loạt {number}" },
  picture: { en: "Pictures", de: "Bilder", vi: "Ảnh" },
  opening: { en: "Fetching the first image", de: "Das erste Bild wird geholt", vi: "Đang tải ảnh đầu tiên" },
  retrying: {
    en: "The network does not answer. Trying again in {wait_s} s.",
    de: "Das Netz antwortet nicht. Neuer Versuch in {wait_s} s.",
    vi: "Mạng không trả lời. Thử lại sau {wait_s} giây.",
  },
  coarse: {
    en: "Coarse: the full image is coming",
    de: "Grob: das volle Bild kommt noch",
    vi: "Ảnh thô: ảnh đầy đủ đang tải",
  },
  loading: {
    en: "Building the volume: {done} of {total} images",
    de: "Volumen wird aufgebaut: {done} von {total} Bildern",
    vi: "Đang dựng khối: {done} trên {total} ảnh",
  },
  "no-pictures": {
    en: "This series holds no pictures",
    de: "Diese Serie enthält keine Bilder",
    vi: "Loạt này không có ảnh",
  },
  "no-pictures-detail": {
    en: "It may be a report, a plan, or another object that is read and not looked at.",
    de: "Es kann ein Befund, ein Plan oder ein anderes Objekt sein, das man liest und nicht ansieht.",
    vi: "Đây có thể là báo cáo, kế hoạch hoặc đối tượng khác để đọc chứ không để xem.",
  },
  "other-series": {
    en: "Choose another series on the left.",
    de: "Links eine andere Serie wählen.",
    vi: "Chọn loạt khác bên trái.",
  },
  "no-series": {
    en: "The archive has no series of this study",
    de: "Das Archiv hat keine Serie dieser Studie",
    vi: "Kho lưu trữ không có loạt nào của ca này",
  },
  "no-series-remedy": {
    en: "Open it from the study list.",
    de: "Aus der Studienliste öffnen.",
    vi: "Mở từ danh sách ca.",
  },
  tools: { en: "Viewer", de: "Betrachter", vi: "Trình xem" },
  measure: { en: "Measure", de: "Messen", vi: "Đo" },
  tool: { en: "Tool", de: "Werkzeug", vi: "Công cụ" },
  view: { en: "View", de: "Ansicht", vi: "Hiển thị" },
  layout: { en: "Layout", de: "Anordnung", vi: "Bố cục" },
  "shown-as": { en: "Shown as", de: "Dargestellt als", vi: "Hiển thị dạng" },
  together: { en: "Together", de: "Gemeinsam", vi: "Cùng nhau" },
  panels: { en: "Panels", de: "Felder", vi: "Bảng" },
  presets: { en: "Window presets", de: "Fenstervorgaben", vi: "Cửa sổ đặt sẵn" },
  preset: { en: "Window preset", de: "Fenstervorgabe", vi: "Cửa sổ đặt sẵn" },
  overlays: { en: "Overlays", de: "Texte im Bild", vi: "Chữ trên ảnh" },
  "overlay-patient": { en: "Patient and study", de: "Patient und Studie", vi: "Bệnh nhân và ca" },
  "overlay-technique": { en: "Technique", de: "Technik", vi: "Kỹ thuật" },
  "overlay-orientation": { en: "Orientation", de: "Orientierung", vi: "Hướng" },
  "overlay-scale": { en: "Scale", de: "Maßstab", vi: "Thước" },
  "overlay-lines": { en: "Reference lines", de: "Schnittlinien", vi: "Đường tham chiếu" },
  close: { en: "Close", de: "Schließen", vi: "Đóng" },
  "help-title": { en: "Keys and mouse", de: "Tasten und Maus", vi: "Phím và chuột" },
  "help-tools": { en: "Tools", de: "Werkzeuge", vi: "Công cụ" },
  "help-mouse": { en: "Mouse", de: "Maus", vi: "Chuột" },
  "help-presets": { en: "Window presets", de: "Fenstervorgaben", vi: "Cửa sổ đặt sẵn" },
  to: { en: "to", de: "bis", vi: "đến" },
  "mouse-left": { en: "Left button", de: "Linke Taste", vi: "Nút trái" },
  "mouse-left-does": { en: "The chosen tool", de: "Das gewählte Werkzeug", vi: "Công cụ đã chọn" },
  "mouse-right": { en: "Right button", de: "Rechte Taste", vi: "Nút phải" },
  "mouse-middle": { en: "Middle button", de: "Mittlere Taste", vi: "Nút giữa" },
  "mouse-wheel": { en: "Wheel", de: "Rad", vi: "Con lăn" },
  "mouse-wheel-does": { en: "Through the series", de: "Durch die Serie", vi: "Đi qua loạt" },
  "mouse-double": { en: "Double click", de: "Doppelklick", vi: "Bấm đúp" },
  "group-image": { en: "Images", de: "Bilder", vi: "Ảnh" },
  "group-picture": { en: "Picture", de: "Bild", vi: "Hình" },
  "group-layout": { en: "Layout", de: "Anordnung", vi: "Bố cục" },
  "group-volume": { en: "Volume", de: "Volumen", vi: "Khối" },
  "group-links": { en: "Together", de: "Gemeinsam", vi: "Cùng nhau" },
  "group-panels": { en: "Panels", de: "Felder", vi: "Bảng" },
  "arrow-text": { en: "Text of the arrow", de: "Text des Pfeils", vi: "Chữ của mũi tên" },
  "arrow-done": { en: "Set", de: "Setzen", vi: "Đặt" },
  "not-sent": {
    en: "The archive did not send this image",
    de: "Das Archiv hat dieses Bild nicht gesendet",
    vi: "Kho lưu trữ không gửi ảnh này",
  },
  "not-sent-answer": {
    en: "The answer was {status} {words}.",
    de: "Die Antwort war {status} {words}.",
    vi: "Trả lời là {status} {words}.",
  },
  "not-sent-remedy": {
    en: "Try again; if it stays, the object in the archive may be damaged.",
    de: "Erneut versuchen; bleibt es so, ist das Objekt im Archiv vielleicht beschädigt.",
    vi: "Thử lại; nếu vẫn vậy, đối tượng trong kho có thể bị hỏng.",
  },
  "not-decoded": {
    en: "This image cannot be decoded",
    de: "Dieses Bild kann nicht dekodiert werden",
    vi: "Không giải mã được ảnh này",
  },
  "not-decoded-detail": {
    en: "The decoder gave no reason.",
    de: "Der Dekoder nannte keinen Grund.",
    vi: "Bộ giải mã không nêu lý do.",
  },
  "not-decoded-remedy": {
    en: "The series rail may hold other images of the study that can be shown.",
    de: "In der Serienleiste sind vielleicht andere Bilder der Studie, die sich zeigen lassen.",
    vi: "Cột loạt ảnh có thể có ảnh khác của ca xem được.",
  },
  "help-measurements": { en: "Measurements", de: "Messungen", vi: "Số đo" },
  undo: { en: "Undo the last measurement", de: "Letzte Messung rückgängig machen", vi: "Hoàn tác số đo vừa rồi" },
  redo: { en: "Do it again", de: "Wiederholen", vi: "Làm lại" },
  save: { en: "Save measurements now", de: "Messungen jetzt speichern", vi: "Lưu số đo ngay" },
  "key-image": {
    en: "Mark or unmark as key image",
    de: "Als Schlüsselbild markieren oder nicht",
    vi: "Đánh dấu hoặc bỏ ảnh chính",
  },
  "touch-one": { en: "One finger", de: "Ein Finger", vi: "Một ngón" },
  "touch-two": { en: "Two fingers", de: "Zwei Finger", vi: "Hai ngón" },
  "touch-two-does": { en: "Zoom and pan", de: "Vergrößern und verschieben", vi: "Phóng và dời" },
  "touch-three": { en: "Three fingers", de: "Drei Finger", vi: "Ba ngón" },
  "help-touch": { en: "Touch", de: "Berührung", vi: "Chạm" },
  play: { en: "Play", de: "Abspielen", vi: "Phát" },
  pause: { en: "Pause", de: "Anhalten", vi: "Dừng" },
  image: { en: "Image", de: "Bild", vi: "Ảnh" },
  "image-of": { en: "{image} of {n}", de: "{image} von {n}", vi: "{image} trên {n}" },
  rate: { en: "Frames per second", de: "Bilder pro Sekunde", vi: "Số ảnh mỗi giây" },
  "rate-unit": { en: "frames/s", de: "Bilder/s", vi: "ảnh/giây" },
};
