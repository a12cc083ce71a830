/** A clock face: understood where "14:00" is not, and never mirrored. */

import styles from "./analogue-clock.module.css";

interface AnalogueClockProps {
  readonly at: Date;
  readonly timeZone: string;
}

const HOURS = Array.from({ length: 12 }, (_, hour) => hour * 30);

export function AnalogueClock({ at, timeZone }: AnalogueClockProps) {
  const { hour, minute } = wallClock(at, timeZone);
  return (
    <svg className={styles.clock} viewBox="-50 -50 100 100" aria-hidden="true">
      <circle className={styles.face} r="47" />
      {HOURS.map((angle) => (
        <line
          key={angle}
          className={styles.mark}
          y1="-43"
          y2={angle % 90 === 0 ? -35 : -39}
          transform={`rotate(${angle})`}
        />
      ))}
      <line className={styles.hour} y2="-23" transform={`rotate(${hour * 30 + minute / 2})`} />
      <line className={styles.minute} y2="-35" transform={`rotate(${minute * 6})`} />
      <circle className={styles.pin} r="3" />
    </svg>
  );
}

function wallClock(at: Date, timeZone: string): { hour: number; minute: number } {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "numeric",
    minute: "numeric",
    hourCycle: "h23",
  }).formatToParts(at);
  const field = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return { hour: field("hour") % 12, minute: field("minute") };
}
