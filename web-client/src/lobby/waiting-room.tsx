/** At the door: the person is in the right place, sees who is ready and the time, and need do nothing. */

import { LogOut } from "lucide-react";
import { useIntl } from "react-intl";
import { useTimeFormats, viewerZone } from "../i18n/time";
import type { Capture } from "../media/capture";
import type { Participant, SessionView } from "../signaling/protocol.gen";
import { Button } from "../ui/button";
import { useStore } from "../ui/use-store";
import { AnalogueClock } from "./analogue-clock";
import { DeviceTroubles } from "./device-troubles";
import { LevelBar } from "./level-bar";
import { SelfView } from "./self-view";
import { SessionHeading } from "./session-heading";
import { useNow } from "./use-now";
import styles from "./waiting-room.module.css";
import { WhoIsHere } from "./who-is-here";

interface WaitingRoomProps {
  readonly capture: Capture;
  readonly session: SessionView;
  readonly participants: readonly Participant[];
  readonly you: Participant;
  readonly onlyWatches: boolean;
  readonly reconnecting: boolean;
  readonly onLeave: () => void;
}

export function WaitingRoom(props: WaitingRoomProps) {
  const { capture, session, participants, you, onlyWatches, reconnecting, onLeave } = props;
  const intl = useIntl();
  const now = useNow(1_000);
  const formats = useTimeFormats();
  const zone = viewerZone();
  const late =
    session.state === "planned" && now.getTime() > Date.parse(session.startsAt) + LATE_MS;
  return (
    <main className={styles.page}>
      <header className={styles.header}>
        <SessionHeading session={session} />
        <Button icon={<LogOut size={18} aria-hidden="true" />} onPress={onLeave}>
          {intl.formatMessage({ id: "call.bar.leave" })}
        </Button>
      </header>
      <section className={styles.words}>
        <h1 className={styles.title}>{intl.formatMessage({ id: "call.waiting.title" })}</h1>
        <p className={styles.text} role="status">
          {intl.formatMessage({ id: waitingText() })}
        </p>
        <div className={styles.time}>
          <AnalogueClock at={now} timeZone={zone} />
          <p>
            <span className={styles.now}>
              <bdi dir="ltr">{formats.time(now, zone)}</bdi>
            </span>
            <span className={styles.planned}>
              {intl.formatMessage(
                { id: "call.waiting.planned" },
                { time: <bdi dir="ltr">{formats.time(session.startsAt, zone)}</bdi> },
              )}
            </span>
          </p>
        </div>
      </section>
      <section className={styles.side}>
        <h2>{intl.formatMessage({ id: "call.waiting.ready" })}</h2>
        <WhoIsHere participants={participants} you={you.id} />
        {!onlyWatches && <OwnDevices capture={capture} />}
      </section>
    </main>
  );

  function waitingText() {
    if (reconnecting) return "call.waiting.reconnecting" as const;
    return late ? ("call.waiting.late" as const) : ("call.waiting.text" as const);
  }
}

/** After so long the waiting person is told that it takes longer. */
const LATE_MS = 5 * 60_000;

function OwnDevices({ capture }: { readonly capture: Capture }) {
  const { camera, microphone } = useStore(capture);
  return (
    <div className={styles.own}>
      <div className={styles.picture} data-theme="stage">
        <SelfView track={camera.track} />
      </div>
      <LevelBar track={microphone.track} muted={!microphone.on} />
      <DeviceTroubles capture={capture} />
    </div>
  );
}
