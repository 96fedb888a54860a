/** What the key image panel says. */
import type { Words } from "../language/words";

export const WORDS = {
  title: { en: "Key images", de: "Schlüsselbilder", vi: "Ảnh chính" },
  hint: {
    en: "K marks the image under the pointer.",
    de: "K markiert das Bild unter dem Zeiger.",
    vi: "K đánh dấu ảnh dưới con trỏ.",
  },
  mark: { en: "Mark image (K)", de: "Bild markieren (K)", vi: "Đánh dấu ảnh (K)" },
  marked: {
    en: "{count} marked, not stored",
    de: "{count} markiert, nicht gespeichert",
    vi: "{count} đã đánh dấu, chưa lưu",
  },
  unmark: { en: "Take the mark from {name}", de: "Markierung von {name} entfernen", vi: "Bỏ đánh dấu {name}" },
  reason: { en: "Title", de: "Titel", vi: "Tiêu đề" },
  description: { en: "Description", de: "Beschreibung", vi: "Mô tả" },
  store: { en: "Store", de: "Speichern", vi: "Lưu" },
  failed: {
    en: "Key images were not stored",
    de: "Schlüsselbilder wurden nicht gespeichert",
    vi: "Chưa lưu được ảnh chính",
  },
  image: { en: "image {number}", de: "Bild {number}", vi: "ảnh {number}" },
  count: { en: "{count} images", de: "{count} Bilder", vi: "{count} ảnh" },
} as const satisfies Words<string>;
