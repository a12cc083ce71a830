/** Sessions in words: state, kind, times in both zones, people. */

import { Ban, CircleCheck, CircleDot, Clock } from "lucide-react";
import { FormattedMessage, useIntl } from "react-intl";
import type { Role, Session, SessionParticipant } from "../api/types";
import { languageName } from "../i18n/locales";
import { useLocale } from "../i18n/provider";
import { sameClock, TimeRange, viewerZone } from "../i18n/time";
import { Chip, type Tone } from "../ui/chip";
import { wasMissed } from "./day";
import styles from "./words.module.css";

const STATES = {
  planned: { tone: "info", icon: Clock },
  live: { tone: "ok", icon: CircleDot },
  ended: { tone: "neutral", icon: CircleCheck },
  cancelled: { tone: "danger", icon: Ban },
} satisfies Record<Session["state"], { tone: Tone; icon: typeof Clock }>;

export function StateChip({ session, now }: { readonly session: Session; readonly now: Date }) {
  if (wasMissed(session, now)) {
    return (
      <Chip tone="warn" icon={<Clock size={14} aria-hidden="true" />}>
        <FormattedMessage id="staff.state.missed" />
      </Chip>
    );
  }
  const { tone, icon: Icon } = STATES[session.state];
  return (
    <Chip tone={tone} icon={<Icon size={14} aria-hidden="true" />}>
      <FormattedMessage id={`common.state.${session.state}`} />
    </Chip>
  );
}

/** The site's time large, the reader's below it where clocks differ. */
export function BothTimes({ session }: { readonly session: Session }) {
  const { startsAt, endsAt, room } = session;
  const zone = viewerZone();
  return (
    <span className={styles.times}>
      <TimeRange from={startsAt} to={endsAt} timeZone={room.timeZone} />
      {!sameClock(startsAt, room.timeZone, zone) && (
        <small className={styles.yours}>
          <FormattedMessage
            id="staff.time.yours"
            values={{ range: <TimeRange from={startsAt} to={endsAt} timeZone={zone} /> }}
          />
        </small>
      )}
    </span>
  );
}

/** "Interview", with the reference beside it as it is. */
export function useTitle(): (session: Session) => string {
  const intl = useIntl();
  return (session) =>
    `${intl.formatMessage({ id: `common.kind.${session.kind}` })} ${session.reference}`;
}

export function useLanguageName(): (code: string) => string {
  const { locale } = useLocale();
  return (code) => languageName(code, locale);
}

const ORDER: readonly Role[] = [
  "lead_officer",
  "trainer",
  "officer",
  "interpreter",
  "peer",
  "guardian",
  "legal_adviser",
  "supporter",
  "observer",
  "room_device",
];

/** The people of a session in the order they matter. */
export const inOrder = (participants: readonly SessionParticipant[]): SessionParticipant[] =>
  participants.toSorted((one, other) => ORDER.indexOf(one.role) - ORDER.indexOf(other.role));

/** "Jansen (lead officer), Selam (interpreter)", without the room, which is said elsewhere. */
export function People({ session }: { readonly session: Session }) {
  const people = inOrder(session.participants).filter(({ role }) => role !== "room_device");
  return (
    <ul className={styles.people}>
      {people.map((person) => (
        <li key={person.id}>
          <bdi>{person.name}</bdi>{" "}
          <small>
            <FormattedMessage id={`common.role.${person.role}`} />
          </small>
        </li>
      ))}
    </ul>
  );
}

/** "in 12 min", "since 3 min", and nothing when it is far away. */
export function Countdown({ minutes }: { readonly minutes: number }) {
  if (minutes > 0) return <FormattedMessage id="staff.countdown.in" values={{ minutes }} />;
  if (minutes === 0) return <FormattedMessage id="staff.countdown.now" />;
  return <FormattedMessage id="staff.countdown.late" values={{ minutes: -minutes }} />;
}
