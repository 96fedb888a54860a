/** What is said when a request failed and the server did not say it itself. */
import type { Words } from "../language/words";

export const WORDS = {
  answered: {
    en: "The server answered {status}",
    de: "Der Server antwortete {status}",
    vi: "Máy chủ trả lời {status}",
  },
  unreachable: {
    en: "The server cannot be reached",
    de: "Der Server ist nicht erreichbar",
    vi: "Không kết nối được máy chủ",
  },
  "unreachable-remedy": {
    en: "Check that Isocenter is running, then try again.",
    de: "Prüfen, ob Isocenter läuft, dann erneut versuchen.",
    vi: "Kiểm tra Isocenter có đang chạy không, rồi thử lại.",
  },
  wrong: {
    en: "Something went wrong in the viewer",
    de: "Im Betrachter ist etwas schiefgegangen",
    vi: "Trình xem gặp lỗi",
  },
  "wrong-remedy": {
    en: "Reload the page and try again.",
    de: "Seite neu laden und erneut versuchen.",
    vi: "Tải lại trang rồi thử lại.",
  },
} as const satisfies Words<string>;
