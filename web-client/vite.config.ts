/** Three pages from one source tree: staff, guests with a link, and the device in the room. */

import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
// @ts-expect-error: a tool in plain JavaScript, typed by its own comment
import { compiledMessages } from "./tools/compiled-messages.mjs";

const SERVER = process.env["BEGA_SERVER"] ?? "http://localhost:8080";

export default defineConfig({
  plugins: [
    react(),
    compiledMessages(),
    // React Aria carries its own words in 30 languages; these are the ones we offer and it has.
    {
      ...optimizeLocales.vite({ locales: ["en-US", "fr-FR", "nl-NL", "ro-RO", "ar-AE"] }),
      enforce: "pre",
    },
  ],
  build: {
    target: "es2022",
    manifest: true,
    modulePreload: { polyfill: false },
    // Nothing inlined: the content security policy allows fonts and styles from files only.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: { index: "index.html", join: "join.html", kiosk: "kiosk.html" },
    },
  },
  server: {
    proxy: {
      "/api": { target: SERVER, ws: true },
      "/rtc": { target: SERVER, ws: true },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/app/test-setup.ts"],
  },
});
