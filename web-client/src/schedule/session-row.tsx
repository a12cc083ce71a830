/** One session in a list: when, what, who, where it stands, and what can be done. */

import { Link } from "@tanstack/react-router";
import { EllipsisVertical, Languages, Video } from "lucide-react";
import { useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import type { Room, Session } from "../api/types";
import { buttonClass } from "../ui/button-class";
import { Chip } from "../ui/chip";
import { cx } from "../ui/cx";
import { ActionMenu, type MenuAction } from "../ui/menu";
import { CancelDialog } from "./cancel-dialog";
import { isOpen, minutesUntil, wasMissed } from "./day";
import { ChangeDialog } from "./dialogs";
import styles from "./session-row.module.css";
import { BothTimes, Countdown, People, StateChip, useLanguageName, useTitle } from "./words";

interface SessionRowProps {
  readonly session: Session;
  /** The rooms it could move to; absent for readers who may not move it. */
  readonly rooms?: readonly Room[];
  readonly now: Date;
}

/** Ahead of its start by at most this much, a row says in how many minutes. */
const SOON_MINUTES = 30;

export function SessionRow({ session, rooms, now }: SessionRowProps) {
  const intl = useIntl();
  const title = useTitle();
  const languageName = useLanguageName();
  const [dialog, setDialog] = useState<"change" | "cancel" | null>(null);
  const minutes = minutesUntil(session, now);
  const soon =
    session.state === "planned" && minutes <= SOON_MINUTES && new Date(session.endsAt) > now;

  const look = wasMissed(session, now) ? "missed" : session.state;

  const actions: MenuAction[] = [
    ...(rooms && session.state === "planned"
      ? [
          {
            id: "change",
            label: intl.formatMessage({ id: "staff.change.action" }),
            run: () => setDialog("change"),
          },
          {
            id: "cancel",
            label: intl.formatMessage({ id: "staff.cancel.action" }),
            run: () => setDialog("cancel"),
          },
        ]
      : []),
  ];

  return (
    <li className={cx(styles.row, !rooms && styles.withRoom, styles[look])}>
      <BothTimes session={session} />
      <div className={styles.what}>
        <Link to="/sessions/$id" params={{ id: session.id }} className={styles.title}>
          <FormattedMessage id={`common.kind.${session.kind}`} /> <bdi>{session.reference}</bdi>
        </Link>
        <People session={session} />
        {session.cancelReason && (
          <p className={styles.reason}>
            <FormattedMessage
              id="staff.cancel.because"
              values={{ reason: <bdi>{session.cancelReason}</bdi> }}
            />
          </p>
        )}
      </div>
      {!rooms && (
        <small className={styles.where}>
          <bdi>{session.room.name}</bdi>
        </small>
      )}
      <Chip icon={<Languages size={14} aria-hidden="true" />}>
        {languageName(session.language)}
      </Chip>
      <div className={styles.state}>
        <StateChip session={session} now={now} />
        {soon && (
          <small className={styles.soon}>
            <Countdown minutes={minutes} />
          </small>
        )}
      </div>
      <div className={cx(styles.actions, "no-print")}>
        {session.mine && isOpen(session) && (
          <Link
            to="/sessions/$id/join"
            params={{ id: session.id }}
            className={buttonClass("primary", "small")}
            aria-label={intl.formatMessage({ id: "staff.join.named" }, { title: title(session) })}
          >
            <Video size={16} aria-hidden="true" />
            <FormattedMessage id="staff.join.action" />
          </Link>
        )}
        {actions.length > 0 && (
          <ActionMenu
            label={intl.formatMessage({ id: "staff.row.actions" }, { title: title(session) })}
            actions={actions}
          >
            <EllipsisVertical size={20} aria-hidden="true" />
          </ActionMenu>
        )}
      </div>
      {dialog === "change" && rooms && (
        <ChangeDialog session={session} rooms={rooms} onClose={() => setDialog(null)} />
      )}
      {dialog === "cancel" && <CancelDialog session={session} onClose={() => setDialog(null)} />}
    </li>
  );
}
