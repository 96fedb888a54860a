/** What became of a file that was sent to the archive. */
import type { Words } from "../language/words";

export const WORDS = {
  warned: {
    en: "stored, with warning {code}",
    de: "gespeichert, mit Warnung {code}",
    vi: "đã lưu, có cảnh báo {code}",
  },
  unsaid: {
    en: "The server did not say what became of the file.",
    de: "Der Server sagte nicht, was aus der Datei wurde.",
    vi: "Máy chủ không cho biết tệp ra sao.",
  },
  "not-kept": {
    en: "The archive did not keep this",
    de: "Das Archiv hat dies nicht angenommen",
    vi: "Kho lưu trữ không nhận nội dung này",
  },
  "no-reason": {
    en: "The archive refused the file without a reason.",
    de: "Das Archiv lehnte die Datei ohne Grund ab.",
    vi: "Kho lưu trữ từ chối tệp mà không nêu lý do.",
  },
  space: {
    en: "The archive is out of space ({code}).",
    de: "Im Archiv ist kein Platz mehr ({code}).",
    vi: "Kho lưu trữ hết chỗ ({code}).",
  },
  mismatch: {
    en: "The file does not match its kind of object ({code}).",
    de: "Die Datei passt nicht zu ihrer Objektart ({code}).",
    vi: "Tệp không khớp với loại đối tượng ({code}).",
  },
  unreadable: {
    en: "The archive could not understand the file ({code}).",
    de: "Das Archiv konnte die Datei nicht verstehen ({code}).",
    vi: "Kho lưu trữ không đọc được tệp ({code}).",
  },
  kind: {
    en: "This kind of object is not stored here ({code}).",
    de: "Diese Objektart wird hier nicht gespeichert ({code}).",
    vi: "Loại đối tượng này không được lưu ở đây ({code}).",
  },
  forbidden: {
    en: "You are not allowed to store ({code}).",
    de: "Speichern ist nicht erlaubt ({code}).",
    vi: "Bạn không được phép lưu ({code}).",
  },
  failed: {
    en: "The archive failed while storing ({code}).",
    de: "Das Archiv scheiterte beim Speichern ({code}).",
    vi: "Kho lưu trữ gặp lỗi khi lưu ({code}).",
  },
  refused: {
    en: "The archive refused the file ({code}).",
    de: "Das Archiv lehnte die Datei ab ({code}).",
    vi: "Kho lưu trữ từ chối tệp ({code}).",
  },
} as const satisfies Words<string>;
