/** What hanging protocols say. */
import type { Words } from "../language/words";
import type { Origin, SeriesAttribute, StudyAttribute } from "./protocol";

type Key =
  | "protocol"
  | "by-hand"
  | "stage"
  | "stage-of"
  | "why"
  | "why-short"
  | "later-mark"
  | "more"
  | "save-layout"
  | "manage"
  | "forget"
  | "remembered"
  | "first-fitting"
  | "score"
  | "conditions"
  | "no-conditions"
  | "holds"
  | "fails"
  | "required"
  | "found"
  | "found-nothing"
  | "cell"
  | "prior"
  | "no-series"
  | "no-prior"
  | "stays-empty"
  | "over"
  | "alike"
  | "other-series"
  | "other-protocols"
  | "fits"
  | "shows-nothing"
  | "is"
  | "is-not"
  | "like"
  | "not-like"
  | "at-least"
  | "not-at-least"
  | "at-most"
  | "not-at-most"
  | "test-is"
  | "test-like"
  | "test-at-least"
  | "test-at-most"
  | "not"
  | "prior-mark"
  | "priors"
  | "close"
  | "name"
  | "stage-name"
  | "for-site"
  | "save"
  | "save-title"
  | "edit-title"
  | "meant-for"
  | "cells"
  | "add-condition"
  | "remove"
  | "attribute"
  | "test"
  | "value"
  | "study"
  | "this-study"
  | "nth"
  | "needed"
  | "empty"
  | "as"
  | "new-protocol"
  | "stage-added"
  | "none-kept"
  | "edit"
  | "duplicate"
  | "delete"
  | "export"
  | "import"
  | "copy-of"
  | "show"
  | "remove-stage"
  | "unreadable"
  | "like-hint";

export const WORDS: Words<Key> = {
  protocol: { en: "Hanging protocol", de: "Hängung", vi: "Kiểu treo ảnh" },
  "by-hand": { en: "By hand", de: "Von Hand", vi: "Tự xếp" },
  stage: { en: "Stage", de: "Stufe", vi: "Bước" },
  "stage-of": { en: "{stage} of {n}: {name}", de: "{stage} von {n}: {name}", vi: "{stage} trên {n}: {name}" },
  why: { en: "Why this hanging", de: "Warum diese Hängung", vi: "Vì sao treo như vậy" },
  "why-short": { en: "Why?", de: "Warum?", vi: "Vì sao?" },
  more: {
    en: "Save and manage hanging protocols",
    de: "Hängungen sichern und verwalten",
    vi: "Lưu và quản lý kiểu treo",
  },
  "save-layout": {
    en: "Save this layout as a protocol…",
    de: "Diese Anordnung als Hängung sichern…",
    vi: "Lưu bố cục này thành kiểu treo…",
  },
  manage: { en: "All hanging protocols…", de: "Alle Hängungen…", vi: "Mọi kiểu treo ảnh…" },
  forget: { en: "Forget this choice", de: "Diese Wahl vergessen", vi: "Quên lựa chọn này" },
  remembered: {
    en: "You chose it for studies of this kind ({kind}).",
    de: "Sie haben sie für Studien dieser Art gewählt ({kind}).",
    vi: "Bạn đã chọn kiểu này cho loại ca chụp này ({kind}).",
  },
  "first-fitting": {
    en: "Number {place} of {n} that fit: own before the site's before built-in ones, then by score.",
    de: "Nummer {place} von {n} passenden: eigene vor denen des Hauses vor eingebauten, dann nach Punkten.",
    vi: "Thứ {place} trong {n} kiểu phù hợp: của mình, rồi của cơ sở, rồi có sẵn; sau đó theo điểm.",
  },
  score: { en: "score {score}", de: "{score} Punkte", vi: "{score} điểm" },
  conditions: { en: "When it is meant", de: "Wann sie gemeint ist", vi: "Dùng khi nào" },
  "no-conditions": { en: "Meant for every study.", de: "Für jede Studie gemeint.", vi: "Dùng cho mọi ca chụp." },
  holds: { en: "holds", de: "trifft zu", vi: "đúng" },
  fails: { en: "does not hold", de: "trifft nicht zu", vi: "không đúng" },
  required: { en: "required", de: "nötig", vi: "bắt buộc" },
  found: { en: "found: {values}", de: "gefunden: {values}", vi: "có: {values}" },
  "found-nothing": { en: "nothing stated", de: "nichts angegeben", vi: "không ghi" },
  cell: { en: "Cell {number}", de: "Zelle {number}", vi: "Ô {number}" },
  prior: { en: "prior {number}", de: "Voruntersuchung {number}", vi: "ca cũ {number}" },
  "no-series": {
    en: "No series has all that is required.",
    de: "Keine Serie hat alles Nötige.",
    vi: "Không loạt nào đủ điều kiện bắt buộc.",
  },
  "no-prior": {
    en: "There is no such prior study here.",
    de: "Eine solche Voruntersuchung gibt es hier nicht.",
    vi: "Ở đây không có ca chụp cũ như vậy.",
  },
  "stays-empty": { en: "Stays empty.", de: "Bleibt leer.", vi: "Để trống." },
  over: { en: "with {series} over it", de: "darüber {series}", vi: "chồng {series}" },
  alike: {
    en: "like the cell it is compared with in: {attributes}",
    de: "gleich wie die Vergleichszelle in: {attributes}",
    vi: "giống ô được so sánh ở: {attributes}",
  },
  "other-series": { en: "Why not another series", de: "Warum keine andere Serie", vi: "Vì sao không phải loạt khác" },
  "other-protocols": {
    en: "Why not another protocol",
    de: "Warum keine andere Hängung",
    vi: "Vì sao không phải kiểu khác",
  },
  fits: { en: "fits, {score}", de: "passt, {score}", vi: "phù hợp, {score}" },
  "shows-nothing": {
    en: "is meant for it, and finds no series to show",
    de: "ist dafür gemeint und findet keine Serie",
    vi: "đúng loại nhưng không có loạt nào để hiện",
  },
  is: { en: "{of} is {value}", de: "{of} ist {value}", vi: "{of} là {value}" },
  "is-not": { en: "{of} is not {value}", de: "{of} ist nicht {value}", vi: "{of} không là {value}" },
  like: { en: "{of} has a word like {value}", de: "{of} enthält ein Wort wie {value}", vi: "{of} có từ như {value}" },
  "not-like": {
    en: "{of} has no word like {value}",
    de: "{of} enthält kein Wort wie {value}",
    vi: "{of} không có từ như {value}",
  },
  "at-least": { en: "{of} is at least {value}", de: "{of} ist mindestens {value}", vi: "{of} ít nhất {value}" },
  "not-at-least": { en: "{of} is below {value}", de: "{of} ist unter {value}", vi: "{of} dưới {value}" },
  "at-most": { en: "{of} is at most {value}", de: "{of} ist höchstens {value}", vi: "{of} nhiều nhất {value}" },
  "not-at-most": { en: "{of} is above {value}", de: "{of} ist über {value}", vi: "{of} trên {value}" },
  "test-is": { en: "is one of", de: "ist eines von", vi: "là một trong" },
  "test-like": { en: "has a word like", de: "enthält ein Wort wie", vi: "có từ như" },
  "test-at-least": { en: "is at least", de: "ist mindestens", vi: "ít nhất" },
  "test-at-most": { en: "is at most", de: "ist höchstens", vi: "nhiều nhất" },
  not: { en: "not", de: "nicht", vi: "không" },
  "prior-mark": { en: "Prior {date}", de: "Vor {date}", vi: "Ca cũ {date}" },
  "later-mark": { en: "Later {date}", de: "Später {date}", vi: "Ca sau {date}" },
  priors: { en: "Other studies", de: "Andere Studien", vi: "Ca chụp khác" },
  close: { en: "Close", de: "Schließen", vi: "Đóng" },
  name: { en: "Name", de: "Name", vi: "Tên" },
  "stage-name": { en: "Name of the stage", de: "Name der Stufe", vi: "Tên bước" },
  "for-site": { en: "For everybody at this site", de: "Für alle in diesem Haus", vi: "Cho mọi người ở cơ sở" },
  save: { en: "Save", de: "Sichern", vi: "Lưu" },
  "save-title": {
    en: "Save the layout as a hanging protocol",
    de: "Anordnung als Hängung sichern",
    vi: "Lưu bố cục thành kiểu treo ảnh",
  },
  "edit-title": { en: "Edit a hanging protocol", de: "Hängung bearbeiten", vi: "Sửa kiểu treo ảnh" },
  "meant-for": { en: "Meant for studies in which", de: "Gemeint für Studien, in denen", vi: "Dùng cho ca chụp có" },
  cells: { en: "What stands in the cells", de: "Was in den Zellen steht", vi: "Các ô hiện gì" },
  "add-condition": { en: "Add a condition", de: "Bedingung hinzufügen", vi: "Thêm điều kiện" },
  remove: { en: "Remove", de: "Entfernen", vi: "Bỏ" },
  attribute: { en: "Attribute", de: "Merkmal", vi: "Thuộc tính" },
  test: { en: "Test", de: "Prüfung", vi: "Phép so" },
  value: { en: "Value", de: "Wert", vi: "Giá trị" },
  study: { en: "Study", de: "Studie", vi: "Ca chụp" },
  "this-study": { en: "the study that is read", de: "die Studie selbst", vi: "ca đang đọc" },
  nth: { en: "Take match number", de: "Treffer Nummer", vi: "Lấy kết quả thứ" },
  needed: { en: "Leave the stage out without it", de: "Ohne sie entfällt die Stufe", vi: "Thiếu thì bỏ bước này" },
  empty: { en: "empty", de: "leer", vi: "trống" },
  as: { en: "Save as", de: "Sichern als", vi: "Lưu thành" },
  "new-protocol": { en: "a new protocol", de: "neue Hängung", vi: "kiểu treo mới" },
  "stage-added": { en: "a further stage of “{name}”", de: "weitere Stufe von „{name}“", vi: "bước thêm của “{name}”" },
  "none-kept": { en: "None is kept yet.", de: "Noch keine gesichert.", vi: "Chưa lưu kiểu nào." },
  edit: { en: "Edit", de: "Bearbeiten", vi: "Sửa" },
  duplicate: { en: "Duplicate", de: "Verdoppeln", vi: "Nhân bản" },
  delete: { en: "Delete", de: "Löschen", vi: "Xóa" },
  export: { en: "Export", de: "Ausgeben", vi: "Xuất" },
  import: { en: "Import from a file…", de: "Aus Datei einlesen…", vi: "Nhập từ tệp…" },
  "copy-of": { en: "{name} (copy)", de: "{name} (Kopie)", vi: "{name} (bản sao)" },
  show: { en: "Show", de: "Zeigen", vi: "Hiện" },
  "remove-stage": { en: "Remove this stage", de: "Diese Stufe entfernen", vi: "Bỏ bước này" },
  unreadable: {
    en: "A kept protocol cannot be read and is left out: {why}",
    de: "Eine gesicherte Hängung ist nicht lesbar und bleibt weg: {why}",
    vi: "Một kiểu treo đã lưu không đọc được và bị bỏ qua: {why}",
  },
  "like-hint": {
    en: "Words: alternatives between |, * for anything. Lists: commas.",
    de: "Wörter: Möglichkeiten zwischen |, * für Beliebiges. Listen: Kommas.",
    vi: "Từ: các khả năng cách nhau bằng |, * là bất kỳ. Danh sách: dấu phẩy.",
  },
};

export const ORIGIN_WORDS: Words<Origin> = {
  own: { en: "My own", de: "Eigene", vi: "Của tôi" },
  site: { en: "This site's", de: "Dieses Hauses", vi: "Của cơ sở" },
  "built-in": { en: "Built-in", de: "Eingebaut", vi: "Có sẵn" },
};

export const ATTRIBUTE_WORDS: Words<StudyAttribute | SeriesAttribute> = {
  modality: { en: "Modality", de: "Modalität", vi: "Loại máy" },
  bodyPart: { en: "Body part", de: "Körperteil", vi: "Bộ phận" },
  region: { en: "Body part or description", de: "Körperteil oder Beschreibung", vi: "Bộ phận hoặc mô tả" },
  studyDescription: { en: "Study description", de: "Studienbeschreibung", vi: "Mô tả ca chụp" },
  seriesDescription: { en: "A series description", de: "Eine Serienbeschreibung", vi: "Mô tả một loạt" },
  laterality: { en: "Side", de: "Seite", vi: "Bên" },
  view: { en: "View", de: "Projektion", vi: "Tư thế" },
  nSeries: { en: "Number of series", de: "Zahl der Serien", vi: "Số loạt" },
  nPriors: { en: "Number of priors", de: "Zahl der Voruntersuchungen", vi: "Số ca cũ" },
  description: { en: "Description", de: "Beschreibung", vi: "Mô tả" },
  protocolName: { en: "Scan protocol", de: "Messprotokoll", vi: "Quy trình chụp" },
  modifier: { en: "View modifier", de: "Zusatz der Projektion", vi: "Bổ sung tư thế" },
  plane: { en: "Plane", de: "Ebene", vi: "Mặt phẳng" },
  imageType: { en: "Image type", de: "Bildtyp", vi: "Kiểu ảnh" },
  intent: { en: "Intent", de: "Zweck", vi: "Mục đích" },
  kernel: { en: "Kernel", de: "Faltungskern", vi: "Nhân lọc" },
  contrast: { en: "Contrast agent", de: "Kontrastmittel", vi: "Thuốc cản quang" },
  thickness_mm: { en: "Slice thickness (mm)", de: "Schichtdicke (mm)", vi: "Độ dày lát (mm)" },
  nImages: { en: "Number of images", de: "Zahl der Bilder", vi: "Số ảnh" },
  nFrames: { en: "Frames in an image", de: "Einzelbilder im Bild", vi: "Số khung trong ảnh" },
  number: { en: "Series number", de: "Seriennummer", vi: "Số loạt" },
};
