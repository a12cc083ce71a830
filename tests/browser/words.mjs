// What the pages say, by id, so that the same test walks in every language.
import { readFileSync } from "node:fs";

const AREAS = ["common", "staff", "call", "kiosk"];

/** Looks up a text; plain placeholders and `select` are filled in. */
export function wordsOf(locale) {
  const messages = Object.assign(
    {},
    ...AREAS.map((area) => {
      const file = new URL(`../../web-client/src/i18n/${area}/${locale}.json`, import.meta.url);
      return JSON.parse(readFileSync(file, "utf8"));
    }),
  );
  return (id, values = {}) => {
    const text = messages[id];
    if (text === undefined) throw new Error(`no text ${id} in ${locale}`);
    const chosen = text.replace(/^\{(\w+), select, (.*)\}$/s, (_, name, cases) => {
      const found = cases.match(new RegExp(`\\b${values[name]} \\{([^}]*)\\}`)) ?? cases.match(/other \{([^}]*)\}/);
      return found[1];
    });
    return chosen.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };
}
