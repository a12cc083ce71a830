/** What every screen of the kiosk stands in: the room's name and the languages above, help below. */

import { type ReactNode, useEffect, useState } from "react";
import { useIntl } from "react-intl";
import { direction, endonym, LOCALES } from "../i18n/locales";
import { useLocale } from "../i18n/provider";
import styles from "./kiosk-frame.module.css";
import { Pictogram } from "./pictograms";

interface KioskFrameProps {
  /** Such as "Room 2 · ETC Timișoara"; none before the device belongs to a room. */
  readonly place: ReactNode;
  /** Off in a call: nobody is asked for a language there. */
  readonly languages?: boolean;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly testId: string;
}

export function KioskFrame({ place, languages = true, children, footer, testId }: KioskFrameProps) {
  return (
    <div className={styles.page} data-testid={testId}>
      <header className={styles.header}>
        <div className={styles.place}>{place}</div>
        {languages && <Languages />}
      </header>
      <main className={styles.main}>{children}</main>
      {footer !== undefined && <footer className={styles.footer}>{footer}</footer>}
    </div>
  );
}

function Languages() {
  const intl = useIntl();
  const { locale, use } = useLocale();
  return (
    <fieldset
      className={styles.languages}
      aria-label={intl.formatMessage({ id: "kiosk.language" })}
    >
      {LOCALES.map((each) => (
        <button
          key={each}
          type="button"
          className={styles.language}
          lang={each}
          dir={direction(each)}
          aria-pressed={each === locale}
          onClick={() => use(each)}
        >
          {endonym(each)}
        </button>
      ))}
    </fieldset>
  );
}

/** For whoever sets the device up: the whole screen. Gone once it is used. */
export function FullscreenButton() {
  const intl = useIntl();
  const [full, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const update = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", update);
    return () => document.removeEventListener("fullscreenchange", update);
  }, []);
  if (full || !document.fullscreenEnabled) return null;
  return (
    <button
      type="button"
      className={styles.fullscreen}
      onClick={() => void document.documentElement.requestFullscreen().catch(() => undefined)}
    >
      <Pictogram name="fullscreen" size={28} />
      <span>{intl.formatMessage({ id: "kiosk.fullscreen" })}</span>
    </button>
  );
}

/** A room and its site, each in its own direction of writing. */
export function Place({ room, site }: { readonly room: string; readonly site: string }) {
  return (
    <>
      <bdi>{room}</bdi> · <bdi>{site}</bdi>
    </>
  );
}
