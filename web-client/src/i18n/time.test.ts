/** Times as people read them. */

import { describe, expect, it } from "vitest";
import { direction, endonym, LOCALES, languageName, localeOf } from "./locales";
import { offsetMinutes, sameClock, timeFormats } from "./time";

const NINE = "2026-11-23T07:00:00Z";
const HALF_PAST_TEN = "2026-11-23T08:30:00Z";

describe("times", () => {
  it("are of 24 hours in every language, with digits everybody at the centre reads", () => {
    for (const locale of LOCALES) {
      const formats = timeFormats(locale);
      const range = formats.range(NINE, HALF_PAST_TEN, "Europe/Bucharest");
      expect([locale, range.replace(/[^\d:–]/g, "")]).toEqual([locale, "09:00–10:30"]);
    }
  });

  it("are the site's, whatever zone the reader is in", () => {
    const formats = timeFormats("en");
    expect(formats.time(NINE, "Europe/Bucharest")).toBe("09:00");
    expect(formats.time(NINE, "Europe/Amsterdam")).toBe("08:00");
  });

  it("of the night before are of the day before there", () => {
    const formats = timeFormats("en");
    expect(formats.day("2026-11-23T22:30:00Z", "Europe/Bucharest")).toContain("24 November 2026");
    expect(formats.day("2026-11-23T22:30:00Z", "Europe/London")).toContain("23 November 2026");
  });

  it("have Tigrinya names, which browsers lack", () => {
    expect(timeFormats("ti").day(NINE, "Europe/Bucharest")).toBe("ሰኑይ 23 ሕዳር 2026");
    expect(languageName("ar", "ti")).toBe("ዓረብኛ");
  });

  it("tell zones apart by their clocks, not by their names", () => {
    expect(sameClock(NINE, "Europe/Amsterdam", "Europe/Brussels")).toBe(true);
    expect(sameClock(NINE, "Europe/Amsterdam", "Europe/Bucharest")).toBe(false);
  });

  it("follow summer time", () => {
    expect(offsetMinutes("2026-01-15T12:00:00Z", "Europe/Bucharest")).toBe(120);
    expect(offsetMinutes("2026-07-15T12:00:00Z", "Europe/Bucharest")).toBe(180);
  });
});

describe("languages", () => {
  it("are recognised with a region", () => {
    expect(localeOf("nl-BE")).toBe("nl");
    expect(localeOf("ti-ET")).toBe("ti");
    expect(localeOf("de-DE")).toBeUndefined();
  });

  it("name themselves, and Arabic alone is written from the right", () => {
    expect(LOCALES.map(endonym)).toEqual([
      "English",
      "Français",
      "Nederlands",
      "Română",
      "العربية",
      "ትግርኛ",
    ]);
    expect(LOCALES.filter((locale) => direction(locale) === "rtl")).toEqual(["ar"]);
  });

  it("have a name for the reader, or their own", () => {
    expect(languageName("so", "nl")).toBe("Somalisch");
    expect(languageName("xx-unknown", "en")).toBe("xx-unknown");
  });
});
