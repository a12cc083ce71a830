/** The buttons under the stage. */

import {
  Hand,
  Keyboard,
  LogOut,
  MessageSquare,
  Mic,
  MicOff,
  PhoneOff,
  Settings2,
  UserRound,
  Video,
  VideoOff,
} from "lucide-react";
import type { ReactNode } from "react";
import { useIntl } from "react-intl";
import type { SessionKind } from "../signaling/protocol.gen";
import { cx } from "../ui/cx";
import styles from "./call-bar.module.css";

interface CallBarProps {
  readonly microphoneOn: boolean;
  readonly cameraOn: boolean;
  readonly handUp: boolean;
  /** Only watches: neither camera, microphone nor hand. */
  readonly onlyWatches: boolean;
  readonly panel: "people" | "chat" | null;
  readonly people: number;
  readonly waiting: number;
  readonly unread: number;
  readonly kind: SessionKind;
  readonly mayEnd: boolean;
  readonly onMicrophone: () => void;
  readonly onCamera: () => void;
  readonly onHand: () => void;
  readonly onPanel: (panel: "people" | "chat") => void;
  readonly onDevices: () => void;
  readonly onHelp: () => void;
  readonly onLeave: () => void;
  readonly onEnd: () => void;
}

export function CallBar(props: CallBarProps) {
  const intl = useIntl();
  const { microphoneOn, cameraOn, handUp, onlyWatches, panel, people, waiting, unread } = props;
  return (
    <footer className={styles.bar}>
      {!onlyWatches && (
        <div className={styles.group}>
          <BarButton
            icon={microphoneOn ? <Mic /> : <MicOff />}
            label={intl.formatMessage({
              id: microphoneOn ? "call.bar.mute" : "call.bar.unmute",
            })}
            keys="Ctrl+D"
            off={!microphoneOn}
            wordsStay
            onPress={props.onMicrophone}
            testId="microphone"
          />
          <BarButton
            icon={cameraOn ? <Video /> : <VideoOff />}
            label={intl.formatMessage({
              id: cameraOn ? "call.bar.camera_off" : "call.bar.camera_on",
            })}
            keys="Ctrl+E"
            off={!cameraOn}
            wordsStay
            keysHidden
            onPress={props.onCamera}
            testId="camera"
          />
          <BarButton
            icon={<Hand />}
            label={intl.formatMessage({ id: handUp ? "call.bar.hand_down" : "call.bar.hand_up" })}
            keys="Ctrl+Shift+H"
            selected={handUp}
            onPress={props.onHand}
            testId="hand"
          />
        </div>
      )}
      <div className={styles.group}>
        <BarButton
          icon={<UserRound />}
          label={intl.formatMessage({ id: "call.bar.people" })}
          count={waiting > 0 ? waiting : undefined}
          countLabel={intl.formatMessage({ id: "call.bar.waiting" }, { count: waiting })}
          quietCount={people}
          expanded={panel === "people"}
          onPress={() => props.onPanel("people")}
          testId="people"
        />
        <BarButton
          icon={<MessageSquare />}
          label={intl.formatMessage({ id: "call.bar.chat" })}
          count={unread > 0 ? unread : undefined}
          countLabel={intl.formatMessage({ id: "call.bar.unread" }, { count: unread })}
          expanded={panel === "chat"}
          onPress={() => props.onPanel("chat")}
          testId="chat"
        />
        <BarButton
          icon={<Settings2 />}
          label={intl.formatMessage({ id: "call.bar.devices" })}
          iconOnly
          onPress={props.onDevices}
          testId="devices"
        />
        <BarButton
          icon={<Keyboard />}
          label={intl.formatMessage({ id: "call.bar.help" })}
          keys="Ctrl+Shift+/"
          iconOnly
          onPress={props.onHelp}
          testId="help"
        />
      </div>
      <div className={styles.group}>
        <BarButton
          icon={<LogOut />}
          label={intl.formatMessage({ id: "call.bar.leave" })}
          onPress={props.onLeave}
          testId="leave"
        />
        {props.mayEnd && (
          <BarButton
            icon={<PhoneOff />}
            label={intl.formatMessage({ id: "call.bar.end" }, { kind: props.kind })}
            danger
            wordsStay
            onPress={props.onEnd}
            testId="end"
          />
        )}
      </div>
    </footer>
  );
}

interface BarButtonProps {
  readonly icon: ReactNode;
  readonly label: string;
  readonly keys?: string;
  readonly off?: boolean;
  readonly selected?: boolean;
  readonly danger?: boolean;
  /** Whether the panel it opens is open. */
  readonly expanded?: boolean;
  /** Something new, in colour. */
  readonly count?: number | undefined;
  readonly countLabel?: string;
  /** How many there are, without weight. */
  readonly quietCount?: number;
  /** The words are shown also where the window is narrow. */
  readonly wordsStay?: boolean;
  /** The keys work but are not written on the button. */
  readonly keysHidden?: boolean;
  readonly iconOnly?: boolean;
  readonly testId: string;
  readonly onPress: () => void;
}

function BarButton(props: BarButtonProps) {
  const { icon, label, keys, off, selected, danger, expanded, count, quietCount } = props;
  return (
    <button
      type="button"
      className={cx(styles.button, off && styles.off, danger && styles.danger)}
      data-selected={selected || expanded || undefined}
      data-words={props.iconOnly ? "never" : props.wordsStay ? "always" : undefined}
      data-testid={props.testId}
      title={keys === undefined ? label : `${label} (${keys})`}
      aria-pressed={selected}
      aria-expanded={expanded}
      aria-keyshortcuts={keys?.replace("Ctrl", "Control")}
      onClick={props.onPress}
    >
      <span className={styles.icon} aria-hidden="true">
        {icon}
      </span>
      <span className={styles.words}>{label}</span>
      {quietCount !== undefined && <span className={styles.quiet}>{quietCount}</span>}
      {count !== undefined && (
        <span className={styles.badge}>
          <span aria-hidden="true">{count}</span>
          <span className="visually-hidden">{props.countLabel}</span>
        </span>
      )}
      {props.wordsStay && !props.keysHidden && keys !== undefined && (
        <small className={styles.keys} aria-hidden="true">
          <bdi dir="ltr">{keys}</bdi>
        </small>
      )}
    </button>
  );
}
