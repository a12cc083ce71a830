/** The catalogues: every language says everything, in sound ICU, with the same arguments. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { describe, expect, it } from "vitest";
import { AREAS, type Area, LOCALES, type Locale, messageLocale } from "./locales";

const folder = import.meta.dirname;
const catalogue = (area: Area, locale: Locale): Record<string, string> =>
  JSON.parse(readFileSync(join(folder, area, `${locale}.json`), "utf8"));

describe.each(AREAS)("the catalogue %s", (area) => {
  const english = catalogue(area, "en");

  it("has ids that start with its name", () => {
    expect(Object.keys(english).filter((id) => !id.startsWith(`${area}.`))).toEqual([]);
  });

  it("is there in exactly our languages", () => {
    const files = readdirSync(join(folder, area)).filter((name) => name.endsWith(".json"));
    expect(files.toSorted()).toEqual(LOCALES.map((locale) => `${locale}.json`).toSorted());
  });

  describe.each(LOCALES)("in %s", (locale) => {
    const messages = catalogue(area, locale);

    it("has the ids of the English one, in the same order", () => {
      expect(Object.keys(messages)).toEqual(Object.keys(english));
    });

    it("has no empty message", () => {
      expect(Object.keys(messages).filter((id) => messages[id]?.trim() === "")).toEqual([]);
    });

    it("is sound ICU with the arguments of the English one", () => {
      for (const [id, text] of Object.entries(messages)) {
        const known = names(parse(english[id] ?? ""));
        expect([id, names(parse(text))]).toEqual([id, known]);
      }
    });

    it("has every plural form its language needs", () => {
      for (const [id, text] of Object.entries(messages)) {
        expect([id, missingForms(parse(text), locale)]).toEqual([id, []]);
      }
    });
  });
});

/** The names of a message's arguments, each once, in order. */
function names(elements: MessageFormatElement[]): string[] {
  const found = new Set<string>();
  walk(elements, (element) => {
    if (element.type !== TYPE.literal && element.type !== TYPE.pound) found.add(element.value);
  });
  return [...found].toSorted();
}

/** Forms the language has, without `other`, which ICU demands by itself. */
function missingForms(elements: MessageFormatElement[], locale: Locale): string[] {
  const rules = new Intl.PluralRules(messageLocale(locale)).resolvedOptions().pluralCategories;
  const missing: string[] = [];
  walk(elements, (element) => {
    if (element.type !== TYPE.plural) return;
    const forms = Object.keys(element.options);
    const sameForAll = forms.every((form) => form === "other" || form.startsWith("="));
    if (sameForAll) return; // the words do not change with the number
    for (const form of rules) {
      const many = form === "many" && locale !== "ar"; // millions, which we never count
      if (!forms.includes(form) && !many && form !== "other") missing.push(form);
    }
  });
  return missing;
}

function walk(
  elements: MessageFormatElement[],
  visit: (element: MessageFormatElement) => void,
): void {
  for (const element of elements) {
    visit(element);
    if (element.type === TYPE.plural || element.type === TYPE.select) {
      for (const option of Object.values(element.options)) walk(option.value, visit);
    }
    if (element.type === TYPE.tag) walk(element.children, visit);
  }
}
