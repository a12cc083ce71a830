/** A room's day: its device, and its sessions in order of time. */

import { MonitorCheck, MonitorOff, MonitorX, Plus } from "lucide-react";
import { FormattedMessage, useIntl } from "react-intl";
import type { Room } from "../api/types";
import { Button } from "../ui/button";
import { Chip } from "../ui/chip";
import type { RoomDay } from "./day";
import styles from "./room-card.module.css";
import { SessionRow } from "./session-row";

interface RoomCardProps {
  readonly day: RoomDay;
  readonly rooms: readonly Room[];
  readonly now: Date;
  readonly onBook: () => void;
}

export function RoomCard({ day: { room, sessions }, rooms, now, onBook }: RoomCardProps) {
  const intl = useIntl();
  return (
    <section className={styles.card} aria-labelledby={`room-${room.id}`}>
      <header className={styles.header}>
        <h2 id={`room-${room.id}`} className={styles.name}>
          <bdi>{room.name}</bdi>
        </h2>
        <DeviceChip room={room} />
        <Button
          variant="quiet"
          size="small"
          className="no-print"
          icon={<Plus size={16} aria-hidden="true" />}
          aria-label={intl.formatMessage({ id: "staff.room.bookIn" }, { room: room.name })}
          onPress={onBook}
        >
          <FormattedMessage id="staff.room.book" />
        </Button>
      </header>
      {sessions.length === 0 ? (
        <p className={styles.free}>
          <FormattedMessage id="staff.room.free" />
        </p>
      ) : (
        <ul className={styles.sessions}>
          {sessions.map((session) => (
            <SessionRow key={session.id} session={session} rooms={rooms} now={now} />
          ))}
        </ul>
      )}
    </section>
  );
}

function DeviceChip({ room: { device } }: { readonly room: Room }) {
  if (!device) {
    return (
      <Chip icon={<MonitorOff size={14} aria-hidden="true" />}>
        <FormattedMessage id="staff.device.none" />
      </Chip>
    );
  }
  return device.online ? (
    <Chip tone="ok" icon={<MonitorCheck size={14} aria-hidden="true" />}>
      <FormattedMessage id="staff.device.online" />
    </Chip>
  ) : (
    <Chip tone="warn" icon={<MonitorX size={14} aria-hidden="true" />}>
      <FormattedMessage id="staff.device.offline" />
    </Chip>
  );
}
