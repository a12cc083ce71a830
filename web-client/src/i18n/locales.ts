/** The languages of the interface: their own names, direction, and the locale their dates use. */

import { TIGRINYA_LANGUAGES } from "./tigrinya";

export const LOCALES = ["en", "fr", "nl", "ro", "ar", "ti"] as const;
export type Locale = (typeof LOCALES)[number];

/** A catalogue of messages; a page loads the areas it shows. */
export const AREAS = ["common", "staff", "call", "kiosk"] as const;
export type Area = (typeof AREAS)[number];

interface LocaleFacts {
  /** Its name in itself: browsers lack names for some languages, Tigrinya among them. */
  readonly endonym: string;
  readonly direction: "ltr" | "rtl";
  /** For dates and numbers, best first; the first one the browser has is used. */
  readonly formats: readonly string[];
}

// Arabic uses Western digits: room numbers, pairing codes and times stay comparable in every language.
const FACTS: Record<Locale, LocaleFacts> = {
  en: { endonym: "English", direction: "ltr", formats: ["en-GB"] },
  fr: { endonym: "Français", direction: "ltr", formats: ["fr-FR", "fr"] },
  nl: { endonym: "Nederlands", direction: "ltr", formats: ["nl-NL", "nl"] },
  ro: { endonym: "Română", direction: "ltr", formats: ["ro-RO", "ro"] },
  ar: { endonym: "العربية", direction: "rtl", formats: ["ar-AE-u-nu-latn", "ar-u-nu-latn"] },
  // Browsers know no Tigrinya dates; ours come from tigrinya.ts, and a date picker speaks English.
  ti: { endonym: "ትግርኛ", direction: "ltr", formats: ["en-GB"] },
};

export const endonym = (locale: Locale): string => FACTS[locale].endonym;

export const direction = (locale: Locale): "ltr" | "rtl" => FACTS[locale].direction;

/** The locale to hand to `Intl` for dates and numbers. */
export function formatLocale(locale: Locale): string {
  const known = FACTS[locale].formats.find(
    (candidate) => Intl.DateTimeFormat.supportedLocalesOf(candidate).length > 0,
  );
  return known ?? "en-GB";
}

/** The locale for messages: it decides the forms of plurals. */
export const messageLocale = (locale: Locale): string =>
  locale === "ti" ? "ti" : formatLocale(locale);

/** Our locale for a BCP 47 tag such as `nl-BE`, if we have it. */
export function localeOf(tag: string): Locale | undefined {
  const language = tag.toLowerCase().split("-")[0];
  return LOCALES.find((locale) => locale === language);
}

/** Endonyms of languages people speak in sessions, wider than those of the interface. */
const SPOKEN: Record<string, string> = {
  am: "አማርኛ",
  ar: "العربية",
  ckb: "کوردیی ناوەندی",
  en: "English",
  fa: "فارسی",
  "fa-AF": "دری",
  fr: "Français",
  ku: "Kurmancî",
  nl: "Nederlands",
  om: "Afaan Oromoo",
  ps: "پښتو",
  ro: "Română",
  so: "Soomaali",
  sw: "Kiswahili",
  ti: "ትግርኛ",
  tr: "Türkçe",
  ug: "ئۇيغۇرچە",
  uk: "Українська",
  ur: "اردو",
};

/** The languages a session can be booked in, by code. */
export const SPOKEN_LANGUAGES: readonly string[] = Object.keys(SPOKEN);

/** A language's own name. */
export const spokenEndonym = (code: string): string => SPOKEN[code] ?? code;

/** A language's name for a reader of `locale`, its own name where the browser knows none. */
export function languageName(code: string, locale: Locale): string {
  if (locale === "ti") return TIGRINYA_LANGUAGES[code] ?? spokenEndonym(code);
  const format = formatLocale(locale);
  if (Intl.DisplayNames.supportedLocalesOf(format).length === 0) return spokenEndonym(code);
  const name = new Intl.DisplayNames(format, { type: "language", fallback: "none" }).of(code);
  return name ? capitalise(name, format) : spokenEndonym(code);
}

function capitalise(text: string, locale: string): string {
  const [first = "", ...rest] = text;
  return first.toLocaleUpperCase(locale) + rest.join("");
}
