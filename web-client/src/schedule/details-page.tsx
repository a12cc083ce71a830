/** Everything about one session: when, where, who, their links, and what can be done. */

import { Link } from "@tanstack/react-router";
import { ArrowLeft, Video } from "lucide-react";
import { type ReactNode, useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import { toProblem } from "../api/problem";
import { useProblemText } from "../api/problem-text";
import type { IssuedInvitation, LineCheck, Session, SessionParticipant } from "../api/types";
import { sameClock, TimeOfDay, TimeRange, useTimeFormats, viewerZone } from "../i18n/time";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { buttonClass } from "../ui/button-class";
import { Chip, type Tone } from "../ui/chip";
import { Dialog } from "../ui/dialog";
import flip from "../ui/flip.module.css";
import { usePageTitle } from "../ui/page-title";
import { Empty, Spinner } from "../ui/waiting";
import { CancelDialog } from "./cancel-dialog";
import { useNow } from "./clock";
import { isOpen } from "./day";
import styles from "./details-page.module.css";
import { ChangeDialog } from "./dialogs";
import { InvitationsDialog } from "./invitations";
import { useEnd, useLineChecks, useReissue, useRooms, useSession } from "./sessions";
import { inOrder, StateChip, useLanguageName, useTitle } from "./words";

interface DetailsPageProps {
  readonly sessionId: string;
  /** Whether the reader may change, cancel, end, and issue links. */
  readonly mayArrange: boolean;
}

export function DetailsPage({ sessionId, mayArrange }: DetailsPageProps) {
  const intl = useIntl();
  const text = useProblemText();
  const session = useSession(sessionId);

  if (session.data) {
    return (
      <>
        {session.error && <Banner tone="warn">{text(session.error)}</Banner>}
        <Details session={session.data} mayArrange={mayArrange} />
      </>
    );
  }
  if (session.isPending) return <Spinner label={intl.formatMessage({ id: "common.loading" })} />;
  if (toProblem(session.error).code === "not_found") {
    return (
      <Empty
        title={intl.formatMessage({ id: "staff.details.gone" })}
        action={
          <Link to="/" className={buttonClass("primary")}>
            <FormattedMessage id="staff.page.home" />
          </Link>
        }
      >
        {text(session.error)}
      </Empty>
    );
  }
  return (
    <Banner
      tone="danger"
      actions={
        <Button size="small" onPress={() => void session.refetch()}>
          <FormattedMessage id="common.retry" />
        </Button>
      }
    >
      {text(session.error)}
    </Banner>
  );
}

function Details({ session, mayArrange }: { session: Session; mayArrange: boolean }) {
  const title = useTitle();
  const now = useNow();
  const formats = useTimeFormats();
  const languageName = useLanguageName();
  usePageTitle(title(session));
  const { startsAt, endsAt, room } = session;
  const zone = viewerZone();
  const siteDay = formats.day(startsAt, room.timeZone);
  const ownDay = formats.day(startsAt, zone);

  return (
    <article className={styles.page}>
      <Link to="/" className={styles.back}>
        <ArrowLeft size={16} aria-hidden="true" className={flip["inRtl"]} />
        <FormattedMessage id="staff.details.back" />
      </Link>
      <header className={styles.header}>
        <h1>
          <FormattedMessage id={`common.kind.${session.kind}`} /> <bdi>{session.reference}</bdi>
        </h1>
        <StateChip session={session} now={now} />
        <Actions session={session} mayArrange={mayArrange} />
      </header>
      {session.cancelReason && (
        <Banner tone="danger">
          <FormattedMessage
            id="staff.cancel.because"
            values={{ reason: <bdi>{session.cancelReason}</bdi> }}
          />
        </Banner>
      )}
      <dl className={styles.facts}>
        <Fact id="staff.details.there">
          {siteDay} <TimeRange from={startsAt} to={endsAt} timeZone={room.timeZone} />{" "}
          <small>
            <bdi>{room.siteName}</bdi>
          </small>
        </Fact>
        {!sameClock(startsAt, room.timeZone, zone) && (
          <Fact id="staff.details.here">
            {ownDay !== siteDay && `${ownDay} `}
            <TimeRange from={startsAt} to={endsAt} timeZone={zone} />{" "}
            <small>
              <bdi>{zone.replaceAll("_", " ")}</bdi>
            </small>
          </Fact>
        )}
        <Fact id="staff.field.room">
          <bdi>
            {room.siteName}, {room.name}
          </bdi>
        </Fact>
        <Fact id="staff.field.language">{languageName(session.language)}</Fact>
        {session.startedAt && (
          <Fact id="staff.details.took">
            {session.endedAt ? (
              <TimeRange from={session.startedAt} to={session.endedAt} timeZone={room.timeZone} />
            ) : (
              <FormattedMessage
                id="staff.details.since"
                values={{ at: <TimeOfDay at={session.startedAt} timeZone={room.timeZone} /> }}
              />
            )}
          </Fact>
        )}
      </dl>
      <Participants session={session} mayArrange={mayArrange} />
    </article>
  );
}

type FactId =
  | "staff.details.there"
  | "staff.details.here"
  | "staff.details.took"
  | "staff.field.room"
  | "staff.field.language";

function Fact({ id, children }: { readonly id: FactId; readonly children: ReactNode }) {
  return (
    <div>
      <dt>
        <FormattedMessage id={id} />
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

function Actions({ session, mayArrange }: { session: Session; mayArrange: boolean }) {
  const rooms = useRooms();
  const [dialog, setDialog] = useState<"change" | "cancel" | "end" | null>(null);
  const close = () => setDialog(null);
  return (
    <div className={styles.actions}>
      {mayArrange && session.state === "planned" && (
        <>
          <Button onPress={() => setDialog("change")} isDisabled={!rooms.data}>
            <FormattedMessage id="staff.change.action" />
          </Button>
          <Button onPress={() => setDialog("cancel")}>
            <FormattedMessage id="staff.cancel.action" />
          </Button>
        </>
      )}
      {mayArrange && session.state === "live" && (
        <Button variant="danger" onPress={() => setDialog("end")}>
          <FormattedMessage id="staff.end.action" />
        </Button>
      )}
      {session.mine && isOpen(session) && (
        <Link
          to="/sessions/$id/join"
          params={{ id: session.id }}
          className={buttonClass("primary")}
        >
          <Video size={18} aria-hidden="true" />
          <FormattedMessage id="staff.join.action" />
        </Link>
      )}
      {dialog === "change" && (
        <ChangeDialog session={session} rooms={rooms.data?.items ?? []} onClose={close} />
      )}
      {dialog === "cancel" && <CancelDialog session={session} onClose={close} />}
      {dialog === "end" && <EndDialog session={session} onClose={close} />}
    </div>
  );
}

function EndDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const intl = useIntl();
  const text = useProblemText();
  const title = useTitle();
  const end = useEnd();
  return (
    <Dialog
      title={intl.formatMessage({ id: "staff.end.title" }, { title: title(session) })}
      role="alertdialog"
      size="small"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>
            <FormattedMessage id="common.back" />
          </Button>
          <Button
            variant="danger"
            isDisabled={end.isPending}
            onPress={() => end.mutate(session.id, { onSuccess: onClose })}
          >
            <FormattedMessage id="staff.end.action" />
          </Button>
        </>
      }
    >
      {end.error && <Banner tone="danger">{text(end.error)}</Banner>}
      <p>
        <FormattedMessage id="staff.end.hint" />
      </p>
    </Dialog>
  );
}

const INVITATION_TONES: Record<SessionParticipant["invitation"], Tone> = {
  none: "neutral",
  sent: "info",
  used: "ok",
  revoked: "warn",
};

function Participants({ session, mayArrange }: { session: Session; mayArrange: boolean }) {
  const intl = useIntl();
  const text = useProblemText();
  const reissue = useReissue(session.id);
  const lines = useLineChecks(session.id);
  const [issued, setIssued] = useState<IssuedInvitation>();
  const mayIssue = mayArrange && isOpen(session);
  return (
    <section className={styles.people} aria-labelledby="people">
      <h2 id="people">
        <FormattedMessage id="staff.details.people" />
      </h2>
      {reissue.error && <Banner tone="danger">{text(reissue.error)}</Banner>}
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">
              <FormattedMessage id="staff.details.name" />
            </th>
            <th scope="col">
              <FormattedMessage id="staff.guest.role" />
            </th>
            <th scope="col">
              <FormattedMessage id="staff.details.access" />
            </th>
            {lines.data && (
              <th scope="col">
                <FormattedMessage id="staff.line.title" />
              </th>
            )}
            <th>
              <span className="visually-hidden">
                <FormattedMessage id="staff.details.actions" />
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {inOrder(session.participants).map((person) => (
            <tr key={person.id}>
              <th scope="row">
                <bdi>{person.name}</bdi>
                {person.id === session.mine && (
                  <>
                    {" "}
                    <Chip tone="accent">
                      <FormattedMessage id="staff.details.you" />
                    </Chip>
                  </>
                )}
              </th>
              <td>
                <FormattedMessage id={`common.role.${person.role}`} />
              </td>
              <td>
                {person.userId && (
                  <>
                    <FormattedMessage id="staff.access.account" />{" "}
                  </>
                )}
                {!(person.userId && person.invitation === "none") && (
                  <Chip tone={INVITATION_TONES[person.invitation]}>
                    <FormattedMessage
                      id={
                        person.role === "room_device" && person.invitation === "none"
                          ? "staff.access.device"
                          : `staff.access.${person.invitation}`
                      }
                    />
                  </Chip>
                )}
              </td>
              {lines.data && (
                <td>
                  <Line check={lines.data.find((line) => line.participantId === person.id)} />
                </td>
              )}
              <td className={styles.cellAction}>
                {mayIssue && (
                  <Button
                    size="small"
                    isDisabled={reissue.isPending}
                    aria-label={intl.formatMessage(
                      { id: "staff.invitation.newFor" },
                      { name: person.name },
                    )}
                    onPress={() => reissue.mutate(person.id, { onSuccess: setIssued })}
                  >
                    <FormattedMessage id="staff.invitation.new" />
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {mayIssue && (
        <p className={styles.hint}>
          <FormattedMessage id="staff.invitation.newHint" />
        </p>
      )}
      {issued && (
        <InvitationsDialog
          session={session}
          invitations={[issued]}
          onClose={() => setIssued(undefined)}
        />
      )}
    </section>
  );
}

const LINE_TONES = { good: "ok", weak: "warn", blocked: "danger" } as const;

function Line({ check }: { readonly check: LineCheck | undefined }) {
  const intl = useIntl();
  if (check === undefined) return <FormattedMessage id="staff.line.none" />;
  const { roundTripMs, up, down } = check.result;
  const lost = Math.max(up.lostPerMille, down.lostPerMille) / 1000;
  const values = {
    trip: intl.formatNumber(roundTripMs),
    lost: intl.formatNumber(lost, { style: "percent", maximumFractionDigits: 1 }),
  };
  return (
    <>
      <Chip tone={LINE_TONES[check.verdict]}>
        <FormattedMessage id={`staff.line.${check.verdict}`} />
      </Chip>
      {check.verdict !== "blocked" && (
        <>
          {" "}
          <small>
            <FormattedMessage id="staff.line.figures" values={values} />
          </small>
        </>
      )}
    </>
  );
}
