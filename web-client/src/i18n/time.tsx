/**
 * Instants as people read them. Ranges are formatted in one go and isolated from the text around
 * them, because "09:00–10:30" turns into "10:30–09:00" inside Arabic otherwise.
 */

import { useMemo } from "react";
import { formatLocale, type Locale } from "./locales";
import { useLocale } from "./provider";
import { tigrinyaDay } from "./tigrinya";

/** The zone the reader's computer is in. */
export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const CALENDAR = { calendar: "gregory" } as const;

export interface TimeFormats {
  time(instant: string | Date, timeZone: string): string;
  range(from: string | Date, to: string | Date, timeZone: string): string;
  /** "Monday 23 November 2026". */
  day(instant: string | Date, timeZone: string): string;
  /** "Mon 23 Nov". */
  shortDay(instant: string | Date, timeZone: string): string;
  dayAndTime(instant: string | Date, timeZone: string): string;
}

/** Formats for the language in use. */
export function useTimeFormats(): TimeFormats {
  const { locale } = useLocale();
  return useMemo(() => timeFormats(locale), [locale]);
}

const WEEKDAY_AND_DAY = { weekday: "short", day: "numeric", month: "short" } as const;
const WHOLE_DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;

export function timeFormats(locale: Locale): TimeFormats {
  const format = formatLocale(locale);
  const formatter = (timeZone: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(format, { ...CALENDAR, ...options, timeZone });
  const time = (instant: string | Date, zone: string) =>
    formatter(zone, CLOCK).format(new Date(instant));
  const day = (instant: string | Date, zone: string, options: Intl.DateTimeFormatOptions) =>
    locale === "ti"
      ? tigrinyaDay(new Date(instant), zone, options.year !== undefined)
      : formatter(zone, options).format(new Date(instant));
  return {
    time,
    range: (from, to, zone) =>
      formatter(zone, CLOCK)
        .formatRange(new Date(from), new Date(to))
        .replace(/\s*[–-]\s*/, "–"),
    day: (instant, zone) => day(instant, zone, WHOLE_DAY),
    shortDay: (instant, zone) => day(instant, zone, WEEKDAY_AND_DAY),
    dayAndTime: (instant, zone) =>
      `${day(instant, zone, WEEKDAY_AND_DAY)} \u2066${time(instant, zone)}\u2069`,
  };
}

interface TimeRangeProps {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** "09:00–10:30", in that order in every direction of writing. */
export function TimeRange({ from, to, timeZone }: TimeRangeProps) {
  const formats = useTimeFormats();
  return (
    <bdi dir="ltr" className="tabular range">
      {formats.range(from, to, timeZone)}
    </bdi>
  );
}

/** One time of day. */
export function TimeOfDay({ at, timeZone }: { readonly at: string; readonly timeZone: string }) {
  const formats = useTimeFormats();
  return (
    <time dateTime={at}>
      <bdi dir="ltr">{formats.time(at, timeZone)}</bdi>
    </time>
  );
}

/** Minutes the zone is ahead of UTC at that instant. */
export function offsetMinutes(instant: string | Date, timeZone: string): number {
  const date = new Date(instant);
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(date);
  const field = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(
    field("year"),
    field("month") - 1,
    field("day"),
    field("hour"),
    field("minute"),
    field("second"),
  );
  return Math.round((local - Math.floor(date.getTime() / 1000) * 1000) / 60_000);
}

/** Whether clocks in both zones show the same at that instant. */
export const sameClock = (instant: string, one: string, other: string): boolean =>
  offsetMinutes(instant, one) === offsetMinutes(instant, other);
