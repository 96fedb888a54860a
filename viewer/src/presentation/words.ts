/** What the panel of presentation states says. */
import type { Words } from "../language/words";

export const WORDS = {
  title: { en: "Presentation states", de: "Präsentationszustände", vi: "Trạng thái hiển thị" },
  name: { en: "Name of the view", de: "Name der Ansicht", vi: "Tên khung nhìn" },
  shutter: { en: "Shutter around", de: "Blende um", vi: "Che ngoài" },
  noShutter: { en: "nothing", de: "nichts", vi: "không" },
  save: { en: "Save this view", de: "Diese Ansicht speichern", vi: "Lưu khung nhìn này" },
  untitled: { en: "Untitled", de: "Ohne Titel", vi: "Không tên" },
  failed: { en: "The view was not saved", de: "Die Ansicht wurde nicht gespeichert", vi: "Chưa lưu được khung nhìn" },
  noPicture: { en: "No picture is shown", de: "Kein Bild wird gezeigt", vi: "Không có ảnh nào đang hiển thị" },
} as const satisfies Words<string>;
