/** Between sessions: which room this is, the time, a welcome in every language, and the next meeting's time. */

import { useIntl } from "react-intl";
import type { DeviceSession, RoomRef } from "../api/types";
import { direction, LOCALES, type Locale } from "../i18n/locales";
import { useTimeFormats } from "../i18n/time";
import { AnalogueClock } from "../lobby/analogue-clock";
import { useNow } from "../lobby/use-now";
import styles from "./idle-screen.module.css";
import { FullscreenButton, KioskFrame, Place } from "./kiosk-frame";

/** Said to people whose language is not known yet. */
const WELCOME: Record<Locale, string> = {
  en: "Welcome",
  fr: "Bienvenue",
  nl: "Welkom",
  ro: "Bun venit",
  ar: "أهلًا وسهلًا",
  ti: "እንቋዕ ብደሓን መጻእኩም",
};

interface IdleScreenProps {
  readonly room: RoomRef;
  readonly next: DeviceSession | null;
}

export function IdleScreen({ room, next }: IdleScreenProps) {
  const intl = useIntl();
  const now = useNow(1_000);
  const formats = useTimeFormats();
  return (
    <KioskFrame
      testId="kiosk-idle"
      place={<Place room={room.name} site={room.siteName} />}
      footer={
        <>
          <span className={styles.next}>
            {next === null
              ? intl.formatMessage({ id: "kiosk.idle.nothing" })
              : intl.formatMessage(
                  { id: "kiosk.idle.next" },
                  {
                    time: (
                      <bdi key="time" dir="ltr">
                        {formats.time(next.startsAt, room.timeZone)}
                      </bdi>
                    ),
                  },
                )}
          </span>
          <FullscreenButton />
        </>
      }
    >
      <div className={styles.screen}>
        <section>
          <h1 className={styles.room}>
            <bdi>{room.name}</bdi>
          </h1>
          <ul className={styles.welcome}>
            {LOCALES.map((locale) => (
              <li key={locale} lang={locale} dir={direction(locale)}>
                {WELCOME[locale]}
              </li>
            ))}
          </ul>
        </section>
        <section className={styles.clock}>
          <AnalogueClock at={now} timeZone={room.timeZone} />
          <p className={styles.time}>
            <bdi dir="ltr">{formats.time(now, room.timeZone)}</bdi>
          </p>
          <p className={styles.day}>{formats.day(now, room.timeZone)}</p>
        </section>
      </div>
    </KioskFrame>
  );
}
