/**
 * A Vite plugin that parses the message catalogues while building. The pages then carry no parser of
 * ICU syntax: 8 KiB gzip less, a tenth of what the room's device may load.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parse } from "@formatjs/icu-messageformat-parser";

const CATALOGUE = /\/src\/i18n\/[a-z]+\/[a-z]+\.json$/;
const PARSER = /^@formatjs\/icu-messageformat-parser$/;
const noParser = createRequire(import.meta.url).resolve(
  "@formatjs/icu-messageformat-parser/no-parser.js",
);

/** @returns {import("vite").Plugin} */
export function compiledMessages() {
  return {
    name: "compiled-messages",
    enforce: "pre",
    // Tests read catalogues as they are written, so they keep the parser.
    config: (_, { mode }) =>
      mode === "test" ? {} : { resolve: { alias: [{ find: PARSER, replacement: noParser }] } },
    load(id) {
      const path = id.split("?")[0];
      if (!CATALOGUE.test(path)) return null;
      const compiled = Object.entries(JSON.parse(readFileSync(path, "utf8"))).map(([key, text]) => [
        key,
        parse(text),
      ]);
      const json = JSON.stringify(JSON.stringify(Object.fromEntries(compiled)));
      return { code: `export default JSON.parse(${json});`, moduleType: "js", map: null };
    },
  };
}
