/**
 * Names that browsers lack for Tigrinya: days, months, languages. Chromium writes "2026 M11 23, Mon".
 * The months are those of the Gregorian calendar as Eritrea names them.
 */

const DAYS = ["ሰንበት", "ሰኑይ", "ሰሉስ", "ረቡዕ", "ሓሙስ", "ዓርቢ", "ቀዳም"];

const MONTHS = [
  "ጥሪ",
  "ለካቲት",
  "መጋቢት",
  "ሚያዝያ",
  "ግንቦት",
  "ሰነ",
  "ሓምለ",
  "ነሓሰ",
  "መስከረም",
  "ጥቅምቲ",
  "ሕዳር",
  "ታሕሳስ",
];

/** "ሰኑይ 23 ሕዳር", with the year if wanted. */
export function tigrinyaDay(instant: Date, timeZone: string, withYear: boolean): string {
  const [year = 0, month = 1, day = 1] = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    dateStyle: "short",
  })
    .format(instant)
    .split("-")
    .map(Number);
  const weekday = DAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  const words = [weekday, day, MONTHS[month - 1], ...(withYear ? [year] : [])];
  return words.join(" ");
}

export const TIGRINYA_LANGUAGES: Record<string, string> = {
  am: "ኣምሓርኛ",
  ar: "ዓረብኛ",
  ckb: "ኩርድኛ (ሶራኒ)",
  en: "እንግሊዝኛ",
  fa: "ፋርስኛ",
  "fa-AF": "ዳሪ",
  fr: "ፈረንሳይኛ",
  ku: "ኩርድኛ (ኩርማንጂ)",
  nl: "ሆላንድኛ",
  om: "ኦሮምኛ",
  ps: "ፓሽቶ",
  ro: "ሮማንኛ",
  so: "ሶማልኛ",
  sw: "ስዋሂሊ",
  ti: "ትግርኛ",
  tr: "ቱርክኛ",
  ug: "ኡይጉርኛ",
  uk: "ዩክረንኛ",
  ur: "ኡርዱ",
};
