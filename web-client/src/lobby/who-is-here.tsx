/** Everybody booked, by name and role, and whether they are here. */

import { useIntl } from "react-intl";
import type { Participant, Presence } from "../signaling/protocol.gen";
import { Chip, type Tone } from "../ui/chip";
import styles from "./who-is-here.module.css";

const TONES: Record<Presence, Tone> = {
  absent: "neutral",
  waiting: "warn",
  present: "ok",
  reconnecting: "warn",
  refused: "neutral",
};

interface WhoIsHereProps {
  readonly participants: readonly Participant[];
  readonly you: string;
}

export function WhoIsHere({ participants, you }: WhoIsHereProps) {
  const intl = useIntl();
  const others = participants.filter((participant) => participant.id !== you);
  if (others.length === 0) {
    return <p className={styles.nobody}>{intl.formatMessage({ id: "call.here.nobody" })}</p>;
  }
  return (
    <ul className={styles.list}>
      {others.map((participant) => (
        <li key={participant.id} className={styles.person}>
          <span>
            <span className={styles.name}>
              <bdi>{participant.name}</bdi>
            </span>
            <span className={styles.role}>
              {intl.formatMessage({ id: `call.role.${participant.role}` })}
            </span>
          </span>
          <Chip tone={TONES[participant.presence]}>
            {intl.formatMessage({ id: `call.presence.${participant.presence}` })}
          </Chip>
        </li>
      ))}
    </ul>
  );
}
