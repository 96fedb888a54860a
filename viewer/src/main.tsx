/** Starts the reading room. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./design/tokens.css";
import "./design/base.css";
import { applyTheme, currentTheme } from "./design/theme";
import { announceLanguage } from "./language/language";
import { openEarly } from "./viewport/open-early";

openEarly(location.pathname, location.search);
applyTheme(currentTheme());
announceLanguage();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
