/** What session this is: kind, reference, and when it is, at the room and where the reader sits. */

import { useIntl } from "react-intl";
import { sameClock, TimeRange, useTimeFormats, viewerZone } from "../i18n/time";
import type { SessionView } from "../signaling/protocol.gen";
import styles from "./session-heading.module.css";

export function SessionHeading({ session }: { readonly session: SessionView }) {
  const intl = useIntl();
  const formats = useTimeFormats();
  const zone = viewerZone();
  const elsewhere = !sameClock(session.startsAt, zone, session.timeZone);
  return (
    <div className={styles.root}>
      <p className={styles.title}>
        {intl.formatMessage({ id: `call.kind.${session.kind}` })}
        {session.reference !== "" && (
          <>
            {" · "}
            <bdi>{session.reference}</bdi>
          </>
        )}
      </p>
      <p className={styles.facts}>
        <span>{formats.shortDay(session.startsAt, zone)}</span>
        <TimeRange from={session.startsAt} to={session.endsAt} timeZone={zone} />
        <bdi>
          {session.siteName} · {session.roomName}
        </bdi>
        {elsewhere && (
          <span>
            {intl.formatMessage(
              { id: "call.heading.there" },
              { time: <bdi dir="ltr">{formats.time(session.startsAt, session.timeZone)}</bdi> },
            )}
          </span>
        )}
      </p>
    </div>
  );
}
