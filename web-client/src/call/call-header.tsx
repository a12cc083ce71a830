/** The facts of the session over the stage: which, since when, in what language, where, not recorded. */

import { useIntl } from "react-intl";
import { languageName } from "../i18n/locales";
import { useLocale } from "../i18n/provider";
import { useTimeFormats } from "../i18n/time";
import { useNow } from "../lobby/use-now";
import type { LiveKnowledge } from "../signaling/live-state";
import { cx } from "../ui/cx";
import styles from "./call-header.module.css";

export function CallHeader({ known }: { readonly known: LiveKnowledge }) {
  const intl = useIntl();
  const { locale } = useLocale();
  const formats = useTimeFormats();
  const now = useNow(1_000);
  const { session } = known;
  const interpreter = known.participants.find((who) => who.role === "interpreter");
  return (
    <header className={styles.header}>
      <h1 className={styles.title}>
        {intl.formatMessage({ id: `call.kind.${session.kind}` })}
        {session.reference !== "" && (
          <>
            {" · "}
            <bdi>{session.reference}</bdi>
          </>
        )}
      </h1>
      {session.state === "live" ? (
        <span className={cx(styles.chip, styles.live)}>
          <span className={styles.dot} aria-hidden="true" />
          {intl.formatMessage({ id: "call.header.live" })}
          <bdi dir="ltr" className="tabular" role="timer">
            {duration(now.getTime() - Date.parse(session.startedAt ?? session.startsAt))}
          </bdi>
        </span>
      ) : (
        <span className={styles.chip}>{intl.formatMessage({ id: "call.header.planned" })}</span>
      )}
      <span className={cx(styles.chip, styles.interpretation)}>
        {languageName(session.language, locale)}
        {interpreter && (
          <>
            {" · "}
            <bdi>{interpreter.name}</bdi>
          </>
        )}
      </span>
      <span className={styles.chip}>
        <bdi>
          {session.siteName} · {session.roomName}
        </bdi>
        {" · "}
        {intl.formatMessage(
          { id: "call.header.there" },
          { time: <bdi dir="ltr">{formats.time(now, session.timeZone)}</bdi> },
        )}
      </span>
      <span className={styles.chip}>{intl.formatMessage({ id: "call.header.not_recorded" })}</span>
    </header>
  );
}

/** "00:24:10". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
