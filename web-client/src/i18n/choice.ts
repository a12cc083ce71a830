/** Which language to start in: what was chosen here before, else what the browser asks for. */

import { LOCALES, type Locale, localeOf } from "./locales";

const KEY = "bega.language";

/** The language somebody chose on this device. */
export function chosenLocale(): Locale | undefined {
  try {
    const stored = localStorage.getItem(KEY);
    return LOCALES.find((locale) => locale === stored);
  } catch {
    return undefined; // storage may be blocked; nothing is lost but the memory
  }
}

export function rememberLocale(locale: Locale): void {
  try {
    localStorage.setItem(KEY, locale);
  } catch {
    // as above
  }
}

export function firstLocale(): Locale {
  const browser = navigator.languages.map(localeOf).find((locale) => locale !== undefined);
  return chosenLocale() ?? browser ?? "en";
}
