/** Dark or light, kept in this browser; it says nothing about any patient. */
const KEY = "isocenter-theme";

export type Theme = "dark" | "light";

export function currentTheme(): Theme {
  return localStorage.getItem(KEY) === "light" ? "light" : "dark";
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
}
