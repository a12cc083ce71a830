/** The fields booking and changing share: reference, time, length, room, language. */

import { useIntl } from "react-intl";
import type { Room, Site } from "../api/types";
import { SPOKEN_LANGUAGES, spokenEndonym } from "../i18n/locales";
import { useLocale } from "../i18n/provider";
import { sameClock, useTimeFormats, viewerZone } from "../i18n/time";
import { DateField, TimeField } from "../ui/date-field";
import { Select } from "../ui/select";
import { TextField } from "../ui/text-field";
import { LENGTHS, type Mistakes, type Plan, slotOf } from "./draft";
import styles from "./form.module.css";
import { useMistakeText } from "./mistake-text";
import { useLanguageName } from "./words";

interface PlanFieldsProps {
  readonly plan: Plan;
  readonly site: Pick<Site, "id" | "name" | "timeZone">;
  readonly rooms: readonly Room[];
  readonly mistakes: Mistakes;
  readonly onChange: (change: Partial<Plan>) => void;
}

export function PlanFields({ plan, site, rooms, mistakes, onChange }: PlanFieldsProps) {
  const intl = useIntl();
  const { formatLocale } = useLocale();
  const languageName = useLanguageName();
  const mistake = useMistakeText(mistakes);
  const lengths = [...new Set<number>([...LENGTHS, plan.minutes])].toSorted((a, b) => a - b);
  const languages = [...new Set([...SPOKEN_LANGUAGES, ...(plan.language ? [plan.language] : [])])]
    .map((code) => ({
      id: code,
      label: languageName(code),
      note: spokenEndonym(code) === languageName(code) ? undefined : spokenEndonym(code),
    }))
    .toSorted((one, other) => one.label.localeCompare(other.label, formatLocale));

  return (
    <>
      <TextField
        label={intl.formatMessage({ id: "staff.field.reference" })}
        description={intl.formatMessage({ id: "staff.field.referenceHint" })}
        value={plan.reference}
        onChange={(reference) => onChange({ reference })}
        error={mistake("reference")}
        maxLength={64}
        autoComplete="off"
        name="reference"
      />
      <div className={styles.columns}>
        <DateField
          label={intl.formatMessage({ id: "staff.field.day" })}
          value={plan.day}
          onChange={(day) => onChange({ day })}
          error={mistake("day")}
        />
        <TimeField
          label={intl.formatMessage({ id: "staff.field.time" }, { site: site.name })}
          value={plan.time}
          onChange={(time) => onChange({ time })}
          description={useOwnTime(plan, site.timeZone)}
          error={mistake("time")}
        />
        <Select
          label={intl.formatMessage({ id: "staff.field.minutes" })}
          options={lengths.map((minutes) => ({
            id: String(minutes),
            label: intl.formatMessage(
              { id: "staff.field.duration" },
              { hours: Math.floor(minutes / 60), minutes: minutes % 60 },
            ),
          }))}
          value={String(plan.minutes)}
          onChange={(minutes) => onChange({ minutes: Number(minutes) })}
          error={mistake("minutes")}
        />
      </div>
      <div className={styles.columns}>
        <Select
          label={intl.formatMessage({ id: "staff.field.room" })}
          placeholder={intl.formatMessage({ id: "staff.field.choose" })}
          options={rooms
            .filter((room) => room.site.id === site.id)
            .map((room) => ({
              id: room.id,
              label: room.name,
              note: intl.formatMessage({ id: "staff.room.seats" }, { seats: room.seats }),
            }))}
          value={plan.roomId}
          onChange={(roomId) => onChange({ roomId })}
          error={mistake("roomId")}
        />
        <Select
          label={intl.formatMessage({ id: "staff.field.language" })}
          placeholder={intl.formatMessage({ id: "staff.field.choose" })}
          options={languages}
          value={plan.language}
          onChange={(language) => onChange({ language })}
          error={mistake("language")}
        />
      </div>
    </>
  );
}

/** "Your time: 13:00–14:30", where clocks differ. */
function useOwnTime(plan: Plan, timeZone: string): string | undefined {
  const intl = useIntl();
  const formats = useTimeFormats();
  const slot = slotOf(plan, timeZone);
  const zone = viewerZone();
  if (!slot || sameClock(slot.start.toISOString(), timeZone, zone)) return undefined;
  // The isolate keeps "13:00–14:30" in order inside a sentence written from the right.
  const range = `\u2066${formats.range(slot.start, slot.end, zone)}\u2069`;
  return intl.formatMessage({ id: "staff.time.yoursPlain" }, { range });
}
