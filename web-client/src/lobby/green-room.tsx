/** Before the session: see and hear oneself, see who is there, and one button that goes on. */

import { Mic, MicOff, Video, VideoOff } from "lucide-react";
import type { ReactNode } from "react";
import { useIntl } from "react-intl";
import { LanguageSelect } from "../i18n/language-select";
import type { Capture } from "../media/capture";
import type { Participant, SessionView } from "../signaling/protocol.gen";
import { Button } from "../ui/button";
import { useStore } from "../ui/use-store";
import { DeviceChoice } from "./device-choice";
import { DeviceTroubles } from "./device-troubles";
import styles from "./green-room.module.css";
import { LineCheckPanel } from "./line-check";
import { SelfView } from "./self-view";
import { SessionHeading } from "./session-heading";
import { WhoIsHere } from "./who-is-here";

interface GreenRoomProps {
  readonly capture: Capture;
  readonly session: SessionView;
  readonly participants: readonly Participant[];
  readonly you: Participant;
  readonly onlyWatches: boolean;
  /** Whether this person starts the session. */
  readonly leads: boolean;
  /** `start` when the press should also start the session. */
  readonly onEnter: (start: boolean) => void;
  readonly onSpeaker: (id: string) => void;
}

export function GreenRoom(props: GreenRoomProps) {
  const { capture, session, participants, you, onlyWatches, leads, onEnter, onSpeaker } = props;
  const intl = useIntl();
  const starts = leads && session.state === "planned";
  const waits = !you.mayAdmit && you.presence !== "present";
  return (
    <main className={styles.page}>
      <header className={styles.header}>
        <SessionHeading session={session} />
        <LanguageSelect />
      </header>
      <section className={styles.preview}>
        {onlyWatches ? (
          <p className={styles.watching}>{intl.formatMessage({ id: "call.green.watching" })}</p>
        ) : (
          <Preview capture={capture} />
        )}
        {!onlyWatches && <DeviceTroubles capture={capture} />}
        <div>
          <h2 className={styles.subtitle}>{intl.formatMessage({ id: "call.green.who" })}</h2>
          <WhoIsHere participants={participants} you={you.id} />
        </div>
      </section>
      <section className={styles.side}>
        <h1>{intl.formatMessage({ id: "call.green.title" })}</h1>
        <DeviceChoice capture={capture} onSpeaker={onSpeaker} onlyWatches={onlyWatches} />
        <LineCheckPanel sessionId={session.id} />
        <div className={styles.enter}>
          <Button
            variant="primary"
            size="large"
            onPress={() => onEnter(starts)}
            data-testid="enter"
          >
            {starts
              ? intl.formatMessage({ id: "call.green.start" }, { kind: session.kind })
              : intl.formatMessage({ id: "call.green.join" })}
          </Button>
          <p className={styles.hint}>
            {waits && intl.formatMessage({ id: "call.green.waits" })}
            {starts && intl.formatMessage({ id: "call.green.starts" })}
          </p>
        </div>
      </section>
    </main>
  );
}

function Preview({ capture }: { readonly capture: Capture }) {
  const intl = useIntl();
  const { camera, microphone, phase } = useStore(capture);
  return (
    <>
      <div className={styles.picture} data-theme="stage">
        <SelfView track={camera.track} />
        {camera.track === null && <p className={styles.over}>{words()}</p>}
      </div>
      <div className={styles.switches}>
        <Switch
          on={microphone.on && microphone.problem === null}
          label={intl.formatMessage({
            id:
              microphone.problem === null
                ? `call.green.microphone.${onOff(microphone.on)}`
                : "call.tile.no_microphone",
          })}
          icon={microphone.on && microphone.problem === null ? <Mic /> : <MicOff />}
          isDisabled={microphone.problem !== null}
          onPress={() => void capture.switch("microphone", !microphone.on)}
        />
        <Switch
          on={camera.on && camera.problem === null}
          label={intl.formatMessage({
            id:
              camera.problem === null
                ? `call.green.camera.${onOff(camera.on)}`
                : "call.tile.no_camera",
          })}
          icon={camera.on && camera.problem === null ? <Video /> : <VideoOff />}
          isDisabled={camera.problem !== null}
          onPress={() => void capture.switch("camera", !camera.on)}
        />
      </div>
    </>
  );

  function words(): string {
    if (phase === "asking") return intl.formatMessage({ id: "call.green.allow" });
    if (!camera.on) return intl.formatMessage({ id: "call.tile.camera_off" });
    return phase === "ready" ? intl.formatMessage({ id: "call.tile.no_camera" }) : "";
  }
}

const onOff = (on: boolean): "on" | "off" => (on ? "on" : "off");

interface SwitchProps {
  readonly on: boolean;
  readonly label: string;
  readonly icon: ReactNode;
  /** It does not work; what to do is said beside it. */
  readonly isDisabled: boolean;
  readonly onPress: () => void;
}

function Switch({ on, label, icon, isDisabled, onPress }: SwitchProps) {
  return (
    <Button
      variant={on ? "secondary" : "danger"}
      icon={
        <span className={styles.icon} aria-hidden="true">
          {icon}
        </span>
      }
      isDisabled={isDisabled}
      onPress={onPress}
    >
      {label}
    </Button>
  );
}
