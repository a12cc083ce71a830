/** The first page of officers, interpreters and trainers: what is next, and the days ahead. */

import { Link } from "@tanstack/react-router";
import { DoorOpen, Languages, Video } from "lucide-react";
import { FormattedMessage, useIntl } from "react-intl";
import { useProblemText } from "../api/problem-text";
import type { Session } from "../api/types";
import { useTimeFormats, viewerZone } from "../i18n/time";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { buttonClass } from "../ui/button-class";
import { Chip } from "../ui/chip";
import { usePageTitle } from "../ui/page-title";
import { Empty, Spinner } from "../ui/waiting";
import { useNow } from "./clock";
import { bounds, minutesUntil, todayAt, upNext } from "./day";
import styles from "./my-day-page.module.css";
import { SessionRow } from "./session-row";
import { useSessions } from "./sessions";
import { BothTimes, Countdown, People, StateChip, useLanguageName } from "./words";

const DAYS_AHEAD = 14;

export function MyDayPage() {
  const intl = useIntl();
  const text = useProblemText();
  const now = useNow();
  const zone = viewerZone();
  const first = todayAt(zone);
  const last = first.add({ days: DAYS_AHEAD });
  const span = { from: bounds(first, zone).from, to: bounds(last, zone).to };
  const sessions = useSessions(span);
  usePageTitle(intl.formatMessage({ id: "staff.nav.sessions" }));

  const mine = (sessions.data ?? [])
    .filter((session) => session.mine)
    .toSorted((one, other) => one.startsAt.localeCompare(other.startsAt));
  const next = upNext(mine, now);
  return (
    <div className={styles.page}>
      <h1>
        <FormattedMessage id="staff.mine.title" />
      </h1>
      {sessions.error && (
        <Banner
          tone={sessions.data ? "warn" : "danger"}
          actions={
            <Button size="small" onPress={() => void sessions.refetch()}>
              <FormattedMessage id="common.retry" />
            </Button>
          }
        >
          {text(sessions.error)}
        </Banner>
      )}
      {sessions.isPending && <Spinner label={intl.formatMessage({ id: "common.loading" })} />}
      {next && <NowCard session={next} now={now} />}
      {sessions.data &&
        (mine.length === 0 ? (
          <Empty title={intl.formatMessage({ id: "staff.mine.empty" })}>
            <FormattedMessage id="staff.mine.emptyHint" values={{ days: DAYS_AHEAD }} />
          </Empty>
        ) : (
          <Days sessions={mine} now={now} />
        ))}
    </div>
  );
}

/** The one session to care about now, with the one button to press. */
function NowCard({ session, now }: { readonly session: Session; readonly now: Date }) {
  const intl = useIntl();
  const languageName = useLanguageName();
  const formats = useTimeFormats();
  const minutes = minutesUntil(session, now);
  const isToday = formats.day(session.startsAt, viewerZone()) === formats.day(now, viewerZone());
  return (
    <section className={styles.now} aria-label={intl.formatMessage({ id: "staff.now.label" })}>
      <div className={styles.nowWhat}>
        <p className={styles.nowWhen}>
          {session.state === "live" ? (
            <StateChip session={session} now={now} />
          ) : isToday ? (
            <strong>
              <Countdown minutes={minutes} />
            </strong>
          ) : (
            <strong>{formats.day(session.startsAt, viewerZone())}</strong>
          )}
        </p>
        <h2>
          <FormattedMessage id={`common.kind.${session.kind}`} /> <bdi>{session.reference}</bdi>
        </h2>
        <div className={styles.nowFacts}>
          <BothTimes session={session} />
          <Chip icon={<DoorOpen size={14} aria-hidden="true" />}>
            <bdi>
              {session.room.siteName}, {session.room.name}
            </bdi>
          </Chip>
          <Chip icon={<Languages size={14} aria-hidden="true" />}>
            {languageName(session.language)}
          </Chip>
        </div>
        <People session={session} />
      </div>
      <div className={styles.nowJoin}>
        <Link
          to="/sessions/$id/join"
          params={{ id: session.id }}
          className={buttonClass("primary", "large")}
        >
          <Video size={22} aria-hidden="true" />
          <FormattedMessage id="staff.join.action" />
        </Link>
        <small>
          <FormattedMessage id="staff.join.hint" />
        </small>
      </div>
    </section>
  );
}

function Days({ sessions, now }: { readonly sessions: readonly Session[]; readonly now: Date }) {
  const formats = useTimeFormats();
  const zone = viewerZone();
  const days = Object.entries(
    Object.groupBy(sessions, (session) => formats.day(session.startsAt, zone)),
  );
  return days.map(([day, list]) => (
    <section key={day} className={styles.day} aria-label={day}>
      <h2 className={styles.dayName}>{day}</h2>
      <ul className={styles.list}>
        {list?.map((session) => (
          <SessionRow key={session.id} session={session} now={now} />
        ))}
      </ul>
    </section>
  ));
}
