/** The rooms of each site and the device that stands in each: paired, reachable, revoked. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MonitorCheck, MonitorOff, MonitorX, Unplug } from "lucide-react";
import { useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import { body } from "../api/body";
import { api } from "../api/client";
import { useProblemText } from "../api/problem-text";
import { POLL_MS, ROOMS_KEY } from "../api/queries";
import type { Room } from "../api/types";
import { useTimeFormats, viewerZone } from "../i18n/time";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { Chip } from "../ui/chip";
import { Dialog } from "../ui/dialog";
import { notify } from "../ui/notices";
import { usePageTitle } from "../ui/page-title";
import { Empty, Spinner } from "../ui/waiting";
import { PairDialog } from "./pair-dialog";
import styles from "./rooms-page.module.css";

export function RoomsPage() {
  const intl = useIntl();
  const text = useProblemText();
  const rooms = useQuery({
    queryKey: ROOMS_KEY,
    queryFn: () => body(api.GET("/rooms")),
    refetchInterval: POLL_MS,
  });
  const [pairing, setPairing] = useState<Room>();
  const [revoking, setRevoking] = useState<Room>();
  usePageTitle(intl.formatMessage({ id: "staff.nav.rooms" }));

  const sites = Object.values(
    Object.groupBy(rooms.data?.items ?? [], (room) => room.site.id),
  ).filter((group) => group !== undefined);
  const names = new Intl.Collator("en", { numeric: true });
  return (
    <div className={styles.page}>
      <header>
        <h1>
          <FormattedMessage id="staff.nav.rooms" />
        </h1>
        <p className={styles.hint}>
          <FormattedMessage id="staff.rooms.hint" />
        </p>
      </header>
      {rooms.error && (
        <Banner
          tone={rooms.data ? "warn" : "danger"}
          actions={
            <Button size="small" onPress={() => void rooms.refetch()}>
              <FormattedMessage id="common.retry" />
            </Button>
          }
        >
          {text(rooms.error)}
        </Banner>
      )}
      {rooms.isPending && <Spinner label={intl.formatMessage({ id: "common.loading" })} />}
      {rooms.data && sites.length === 0 && (
        <Empty title={intl.formatMessage({ id: "staff.day.noRooms" })}>
          <FormattedMessage id="staff.day.noRoomsHint" />
        </Empty>
      )}
      {sites.map((group) => (
        <section key={group[0]?.site.id} className={styles.site}>
          <h2>
            <bdi>{group[0]?.site.name}</bdi>
          </h2>
          <ul className={styles.rooms}>
            {group
              .toSorted((one, other) => names.compare(one.name, other.name))
              .map((room) => (
                <RoomItem
                  key={room.id}
                  room={room}
                  onPair={() => setPairing(room)}
                  onRevoke={() => setRevoking(room)}
                />
              ))}
          </ul>
        </section>
      ))}
      {pairing && <PairDialog room={pairing} onClose={() => setPairing(undefined)} />}
      {revoking && <RevokeDialog room={revoking} onClose={() => setRevoking(undefined)} />}
    </div>
  );
}

interface RoomItemProps {
  readonly room: Room;
  readonly onPair: () => void;
  readonly onRevoke: () => void;
}

function RoomItem({ room, onPair, onRevoke }: RoomItemProps) {
  const intl = useIntl();
  return (
    <li className={styles.room}>
      <h3>
        <bdi>{room.name}</bdi>
        <small className={styles.hint}>
          <FormattedMessage id="staff.room.seats" values={{ seats: room.seats }} />
        </small>
      </h3>
      <Device room={room} />
      <div className={styles.actions}>
        <Button
          variant={room.device ? "secondary" : "primary"}
          size="small"
          aria-label={intl.formatMessage({ id: "staff.pair.for" }, { room: room.name })}
          onPress={onPair}
        >
          <FormattedMessage id={room.device ? "staff.pair.another" : "staff.pair.action"} />
        </Button>
        {room.device && (
          <Button
            size="small"
            variant="quiet"
            icon={<Unplug size={16} aria-hidden="true" />}
            aria-label={intl.formatMessage({ id: "staff.revoke.for" }, { room: room.name })}
            onPress={onRevoke}
          >
            <FormattedMessage id="staff.revoke.action" />
          </Button>
        )}
      </div>
    </li>
  );
}

function Device({ room: { device } }: { readonly room: Room }) {
  const formats = useTimeFormats();
  if (!device) {
    return (
      <p className={styles.device}>
        <Chip icon={<MonitorOff size={14} aria-hidden="true" />}>
          <FormattedMessage id="staff.device.none" />
        </Chip>
      </p>
    );
  }
  return (
    <p className={styles.device}>
      {device.online ? (
        <Chip tone="ok" icon={<MonitorCheck size={14} aria-hidden="true" />}>
          <FormattedMessage id="staff.device.online" />
        </Chip>
      ) : (
        <Chip tone="warn" icon={<MonitorX size={14} aria-hidden="true" />}>
          <FormattedMessage id="staff.device.offline" />
        </Chip>
      )}
      <bdi>{device.name}</bdi>
      {!device.online && device.lastSeenAt && (
        <small className={styles.hint}>
          <FormattedMessage
            id="staff.device.lastSeen"
            values={{ at: <bdi>{formats.dayAndTime(device.lastSeenAt, viewerZone())}</bdi> }}
          />
        </small>
      )}
    </p>
  );
}

function RevokeDialog({ room, onClose }: { readonly room: Room; readonly onClose: () => void }) {
  const intl = useIntl();
  const text = useProblemText();
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => api.DELETE("/devices/{id}", { params: { path: { id } } }),
    onSuccess: () => {
      notify({ text: intl.formatMessage({ id: "staff.revoke.done" }, { room: room.name }) });
      onClose();
      return queries.invalidateQueries({ queryKey: ROOMS_KEY });
    },
  });
  return (
    <Dialog
      title={intl.formatMessage({ id: "staff.revoke.title" }, { room: room.name })}
      role="alertdialog"
      size="small"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>
            <FormattedMessage id="common.cancel" />
          </Button>
          <Button
            variant="danger"
            isDisabled={revoke.isPending}
            onPress={() => room.device && revoke.mutate(room.device.id)}
          >
            <FormattedMessage id="staff.revoke.action" />
          </Button>
        </>
      }
    >
      {revoke.error && <Banner tone="danger">{text(revoke.error)}</Banner>}
      <p>
        <FormattedMessage id="staff.revoke.hint" />
      </p>
    </Dialog>
  );
}
