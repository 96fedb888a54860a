/** What the grid of cells says. */
import type { Words } from "../language/words";

type Key = "cell" | "empty" | "empty-hint" | "grid" | "grid-hint" | "size";

export const WORDS: Words<Key> = {
  cell: { en: "Cell {number}: {series}", de: "Zelle {number}: {series}", vi: "Ô {number}: {series}" },
  empty: { en: "empty", de: "leer", vi: "trống" },
  "empty-hint": {
    en: "Drop a series here, or choose one on the left.",
    de: "Eine Serie hierher ziehen oder links wählen.",
    vi: "Kéo một loạt vào đây hoặc chọn bên trái.",
  },
  grid: { en: "Grid", de: "Raster", vi: "Lưới" },
  "grid-hint": {
    en: "Arrows and Enter, or two digits: rows, columns",
    de: "Pfeile und Eingabe, oder zwei Ziffern: Zeilen, Spalten",
    vi: "Mũi tên và Enter, hoặc hai số: hàng, cột",
  },
  size: { en: "{rows} × {columns}", de: "{rows} × {columns}", vi: "{rows} × {columns}" },
};
