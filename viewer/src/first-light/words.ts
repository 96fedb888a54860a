/** What stands over the first picture of a study. */
import type { Words } from "../language/words";

export const WORDS: Words<"tools-follow"> = {
  "tools-follow": {
    en: "First image: tools follow",
    de: "Erstes Bild: Werkzeuge folgen",
    vi: "Ảnh đầu tiên: công cụ sẽ có ngay",
  },
};
