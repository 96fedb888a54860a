/** Build the reading room into the server's static folder; in development, hand requests to a running server. */
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const SERVER = process.env.ISOCENTER_SERVER ?? "http://127.0.0.1:8080";

/** Tells the page which files the viewer's code is in, so that they can be fetched before anything asks for them. */
const viewerCode: Plugin = {
  name: "viewer-code",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle = {} }) => {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const files = new Set<string>();
      const add = (name: string | undefined) => {
        const chunk = chunks.find(({ fileName }) => fileName === name);
        if (!chunk || files.has(chunk.fileName)) return;
        files.add(chunk.fileName);
        chunk.imports.forEach(add);
      };
      add(chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith("/viewport/ViewerPage.tsx"))?.fileName);
      const content = [...files].map((name) => `/${name}`).join(" ");
      return content ? [{ tag: "meta", attrs: { name: "viewer-code", content }, injectTo: "head" }] : [];
    },
  },
};

export default defineConfig({
  plugins: [react(), viewerCode],
  // A dependency of Cornerstone's tools extends Node's EventEmitter when it is loaded; this is the one for browsers.
  resolve: { alias: { events: "events/" } },
  build: {
    outDir: "../src/isocenter/server/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    chunkSizeWarningLimit: 6000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onwarn: (warning, warn) => {
        // Codecs ask for "fs" and "path" only when they run in Node.
        if (!/externalized for browser compatibility/.test(warning.message)) warn(warning);
      },
    },
  },
  worker: { format: "es" },
  optimizeDeps: { exclude: ["@cornerstonejs/dicom-image-loader"], include: ["dicom-parser"] },
  server: { proxy: { "/api": SERVER, "/dicom-web": SERVER } },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    setupFiles: ["tests/browser.ts"],
    // How long a test takes depends on what else the machine does; a test never judges that.
    testTimeout: 60_000,
  },
});
