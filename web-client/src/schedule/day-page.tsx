/** The coordinator's first page: every room of the site, with its sessions of one day. */

import type { CalendarDate } from "@internationalized/date";
import { CalendarPlus, ChevronLeft, ChevronRight, Printer } from "lucide-react";
import { useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import { useProblemText } from "../api/problem-text";
import type { Room, Session, Site } from "../api/types";
import { sameClock, TimeOfDay, useTimeFormats, viewerZone } from "../i18n/time";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import flip from "../ui/flip.module.css";
import { IconButton } from "../ui/icon-button";
import { usePageTitle } from "../ui/page-title";
import { Select } from "../ui/select";
import { Empty, Spinner } from "../ui/waiting";
import { useNow } from "./clock";
import { bounds, byRoom, counts, dayOf, todayAt } from "./day";
import styles from "./day-page.module.css";
import { BookDialog, fetchDialogs } from "./dialogs";
import { RoomCard } from "./room-card";
import { useRooms, useSessions, useSites } from "./sessions";

interface DayPageProps {
  readonly day: string | undefined;
  readonly siteId: string | undefined;
  readonly onShow: (next: { day?: string | undefined; siteId?: string | undefined }) => void;
}

export function DayPage({ day, siteId, onShow }: DayPageProps) {
  const intl = useIntl();
  const text = useProblemText();
  const sites = useSites();
  usePageTitle(intl.formatMessage({ id: "staff.nav.sessions" }));

  if (sites.isPending) return <Spinner label={intl.formatMessage({ id: "common.loading" })} />;
  if (sites.isError) {
    return (
      <Banner tone="danger" actions={<Retry onPress={() => void sites.refetch()} />}>
        {text(sites.error)}
      </Banner>
    );
  }
  const site = sites.data.items.find((each) => each.id === siteId) ?? sites.data.items[0];
  if (!site) {
    return (
      <Empty title={intl.formatMessage({ id: "staff.day.noSite" })}>
        <FormattedMessage id="staff.day.noSiteHint" />
      </Empty>
    );
  }
  return <SiteDay site={site} sites={sites.data.items} day={day} onShow={onShow} />;
}

interface SiteDayProps {
  readonly site: Site;
  readonly sites: readonly Site[];
  readonly day: string | undefined;
  readonly onShow: DayPageProps["onShow"];
}

function SiteDay({ site, sites, day: dayText, onShow }: SiteDayProps) {
  const intl = useIntl();
  const text = useProblemText();
  const formats = useTimeFormats();
  const now = useNow();
  const [booking, setBooking] = useState<{ roomId?: string } | null>(null);
  const day = dayOf(dayText, site.timeZone);
  const sessions = useSessions(bounds(day, site.timeZone));
  const rooms = useRooms();
  const isToday = day.compare(todayAt(site.timeZone)) === 0;
  const siteId = sites.length > 1 ? site.id : undefined;
  const show = (next: CalendarDate) => {
    const today = next.compare(todayAt(site.timeZone)) === 0;
    onShow({ day: today ? undefined : next.toString(), siteId });
  };
  const noon = new Date(day.toDate(site.timeZone).getTime() + 12 * 3_600_000);
  const error = sessions.error ?? rooms.error;

  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.title}>
          <h1>
            {isToday ? <FormattedMessage id="staff.day.today" /> : formats.day(noon, site.timeZone)}
          </h1>
          <p className={styles.date}>
            {isToday && `${formats.day(noon, site.timeZone)} · `}
            <bdi>{site.name}</bdi>
            {" · "}
            <Clocks site={site} now={now} />
          </p>
        </div>
        <div className={styles.tools}>
          {sites.length > 1 && (
            <Select
              label={intl.formatMessage({ id: "staff.day.site" })}
              value={site.id}
              options={sites.map(({ id, name }) => ({ id, label: name }))}
              onChange={(id) => onShow({ day: dayText, siteId: id })}
            />
          )}
          <div className={styles.days}>
            <IconButton
              variant="secondary"
              label={intl.formatMessage({ id: "staff.day.previous" })}
              onPress={() => show(day.subtract({ days: 1 }))}
            >
              <ChevronLeft size={20} aria-hidden="true" className={flip["inRtl"]} />
            </IconButton>
            <Button isDisabled={isToday} onPress={() => show(todayAt(site.timeZone))}>
              <FormattedMessage id="staff.day.toToday" />
            </Button>
            <IconButton
              variant="secondary"
              label={intl.formatMessage({ id: "staff.day.next" })}
              onPress={() => show(day.add({ days: 1 }))}
            >
              <ChevronRight size={20} aria-hidden="true" className={flip["inRtl"]} />
            </IconButton>
          </div>
          <IconButton
            variant="secondary"
            label={intl.formatMessage({ id: "staff.day.print" })}
            onPress={() => window.print()}
          >
            <Printer size={20} aria-hidden="true" />
          </IconButton>
          <Button
            variant="primary"
            icon={<CalendarPlus size={18} aria-hidden="true" />}
            onPress={() => setBooking({})}
            onHoverStart={fetchDialogs}
            onFocus={fetchDialogs}
          >
            <FormattedMessage id="staff.book.action" />
          </Button>
        </div>
      </header>

      {error && (
        <Banner
          tone={sessions.data ? "warn" : "danger"}
          actions={
            <Retry onPress={() => void Promise.all([sessions.refetch(), rooms.refetch()])} />
          }
        >
          {text(error)}
        </Banner>
      )}
      {sessions.data && rooms.data ? (
        <Rooms
          site={site}
          rooms={rooms.data.items}
          sessions={sessions.data}
          now={now}
          onBook={(roomId) => setBooking({ roomId })}
        />
      ) : (
        !error && <Spinner label={intl.formatMessage({ id: "common.loading" })} />
      )}

      {booking && (
        <BookDialog
          site={site}
          day={day}
          roomId={booking.roomId}
          rooms={rooms.data?.items ?? []}
          onClose={() => setBooking(null)}
          onBooked={(session) => {
            const start = new Date(session.startsAt);
            if (
              start < day.toDate(site.timeZone) ||
              start >= day.add({ days: 1 }).toDate(site.timeZone)
            ) {
              show(dayOf(isoDay(start, site.timeZone), site.timeZone));
            }
          }}
        />
      )}
    </div>
  );
}

interface RoomsProps {
  readonly site: Site;
  readonly rooms: readonly Room[];
  readonly sessions: readonly Session[];
  readonly now: Date;
  readonly onBook: (roomId: string) => void;
}

function Rooms({ site, rooms, sessions, now, onBook }: RoomsProps) {
  const intl = useIntl();
  const days = byRoom(rooms, sessions, site.id);
  if (days.length === 0) {
    return (
      <Empty title={intl.formatMessage({ id: "staff.day.noRooms" })}>
        <FormattedMessage id="staff.day.noRoomsHint" />
      </Empty>
    );
  }
  const here = days.flatMap((each) => each.sessions);
  return (
    <>
      <p className={styles.summary} role="status">
        {here.length === 0 ? (
          <FormattedMessage id="staff.day.empty" />
        ) : (
          <FormattedMessage id="staff.day.summary" values={{ all: here.length, ...counts(here) }} />
        )}
      </p>
      <div className={styles.rooms}>
        {days.map((each) => (
          <RoomCard
            key={each.room.id}
            day={each}
            rooms={rooms}
            now={now}
            onBook={() => onBook(each.room.id)}
          />
        ))}
      </div>
    </>
  );
}

/** What the clock shows there, and here where that differs. */
function Clocks({ site, now }: { readonly site: Site; readonly now: Date }) {
  const zone = viewerZone();
  const at = now.toISOString();
  const there = <TimeOfDay at={at} timeZone={site.timeZone} />;
  if (sameClock(at, site.timeZone, zone)) {
    return <FormattedMessage id="staff.day.clock" values={{ there }} />;
  }
  const here = <TimeOfDay at={at} timeZone={zone} />;
  return <FormattedMessage id="staff.day.clocks" values={{ there, here }} />;
}

function Retry({ onPress }: { readonly onPress: () => void }) {
  return (
    <Button size="small" onPress={onPress}>
      <FormattedMessage id="common.retry" />
    </Button>
  );
}

/** `2026-11-23` at the site. */
const isoDay = (instant: Date, timeZone: string): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(instant);
