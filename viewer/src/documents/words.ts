/** What the page of a document says. */
import type { Words } from "../language/words";

export const WORDS = {
  document: { en: "Document", de: "Dokument", vi: "Tài liệu" },
  back: { en: "Back to the study", de: "Zurück zur Untersuchung", vi: "Về ca chụp" },
  readable: { en: "Readable page", de: "Lesbare Seite", vi: "Trang đọc" },
  attributes: { en: "All attributes", de: "Alle Attribute", vi: "Mọi thuộc tính" },
  apart: { en: "Open by itself", de: "Einzeln öffnen", vi: "Mở riêng" },
  print: { en: "Print", de: "Drucken", vi: "In" },
  objects: { en: "Objects of this series", de: "Objekte dieser Serie", vi: "Đối tượng của loạt này" },
  object: { en: "Object {number}  {made}", de: "Objekt {number}  {made}", vi: "Đối tượng {number}  {made}" },
  waiting: { en: "The document is on its way", de: "Das Dokument wird geladen", vi: "Đang tải tài liệu" },
} as const satisfies Words<string>;
