/** Inside the session: stage, strip, panel and bar. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useIntl } from "react-intl";
import { useProblemText } from "../api/problem-text";
import { play } from "../media/sounds";
import { type LiveRequest, LiveRequestError } from "../signaling/live-session";
import { type LiveKnowledge, me } from "../signaling/live-state";
import type { Participant } from "../signaling/protocol.gen";
import { cx } from "../ui/cx";
import { notify } from "../ui/notices";
import { useStore } from "../ui/use-store";
import { CallBar } from "./call-bar";
import { Confirm, DevicesDialog, KeysDialog } from "./call-dialogs";
import { CallHeader } from "./call-header";
import styles from "./call-page.module.css";
import { ChatPanel } from "./chat-panel";
import { DoorBanners } from "./door-banners";
import { Doorbell } from "./doorbell";
import { PeoplePanel } from "./people-panel";
import { leads, maySay } from "./permissions";
import { type PanelName, SidePanel } from "./side-panel";
import { SignalBanner } from "./signal-banner";
import { arrange } from "./stage";
import { TroubleBanners } from "./trouble-banners";
import { troublesOf } from "./troubles";
import { Announcements } from "./use-announcements";
import { useShortcuts } from "./use-shortcuts";
import { useSilentMicrophone } from "./use-silent-microphone";
import { useSteady } from "./use-steady";
import { SelfTile, VideoTile } from "./video-tile";
import { type Visit, onlyWatches as watchesOnly } from "./visit";

/** A shorter loss is not told; the picture hardly stops. */
const TELL_LOSS_AFTER_MS = 1_500;
const TELL_CONNECTING_AFTER_MS = 3_000;

type OpenDialog =
  | { readonly name: "devices" | "keys" | "end" | "leave" }
  | { readonly name: "remove" | "refuse"; readonly who: Participant };

interface CallPageProps {
  readonly visit: Visit;
  readonly known: LiveKnowledge;
  readonly you: Participant;
}

export function CallPage({ visit, known, you }: CallPageProps) {
  const intl = useIntl();
  const problemText = useProblemText();
  const { live, capture } = visit;
  const { connection } = useStore(live);
  const { media, startFailed } = useStore(visit);
  const captured = useStore(capture);
  const [panel, setPanel] = useState<PanelName | null>(() =>
    window.matchMedia("(width >= 1000px)").matches ? "people" : null,
  );
  const [enlarged, setEnlarged] = useState<string | null>(null);
  const [dialog, setDialog] = useState<OpenDialog | null>(null);

  const onlyWatches = watchesOnly(you.role);
  const waiting = known.participants.filter((who) => who.presence === "waiting");
  const inside = known.participants.filter(
    (who) => who.presence === "present" || who.presence === "reconnecting",
  );
  const { large, strip } = arrange(known, enlarged);
  const person = (who: Participant) => media.others.find((other) => other.identity === who.id);
  const unread = useUnread(known, panel === "chat");

  const away = connection.phase === "reconnecting" || media.phase === "reconnecting";
  const lost = useSteady(away, TELL_LOSS_AFTER_MS);
  useLossTones(lost);
  const connectingLong = useSteady(
    media.phase === "connecting" || media.phase === "idle",
    TELL_CONNECTING_AFTER_MS,
  );
  const microphoneSilent = useSilentMicrophone(captured.microphone);
  const troubles = troublesOf({
    known,
    media,
    capture: captured,
    onlyWatches,
    lost,
    connectingLong,
    microphoneSilent,
  });

  useDoorbell(you.mayAdmit ? waiting.length : 0);
  useTitle(known, you.mayAdmit ? waiting.length + unread : unread);

  /** Asks the room; a refusal is told in words. */
  const ask = useCallback(
    (request: LiveRequest) => {
      live.request(request).catch((error: unknown) => {
        if (error instanceof LiveRequestError && error.code !== "closed") {
          notify({ text: intl.formatMessage({ id: "call.request_failed" }) });
        }
      });
    },
    [live, intl],
  );
  const handUp = you.handRaisedAt !== undefined;
  // A device that does not work is off to the person; pressing tries it again.
  const microphoneOn = captured.microphone.on && captured.microphone.track !== null;
  const cameraOn = captured.camera.on && captured.camera.track !== null;
  const toggleMicrophone = () => void capture.switch("microphone", !microphoneOn);
  const toggleCamera = () => void capture.switch("camera", !cameraOn);
  const toggleHand = () => ask({ type: handUp ? "lower_hand" : "raise_hand" });
  const openHelp = () => setDialog({ name: "keys" });
  useShortcuts({
    microphone: onlyWatches ? () => undefined : toggleMicrophone,
    camera: onlyWatches ? () => undefined : toggleCamera,
    hand: onlyWatches ? () => undefined : toggleHand,
    help: openHelp,
  });
  const admit = (who: Participant) => ask({ type: "admit", participant: who.id });
  const refuse = (who: Participant) => setDialog({ name: "refuse", who });
  const toggleEnlarged = (who: Participant) => () => setEnlarged(who.id);
  const closeDialog = () => setDialog(null);

  return (
    <div
      className={styles.page}
      data-theme="stage"
      data-panel={panel ?? undefined}
      data-testid="call"
      data-media={media.phase}
    >
      <CallHeader known={known} />
      <main className={cx(styles.stage, lost && media.phase !== "connected" && styles.lost)}>
        <div className={styles.banners}>
          {you.mayAdmit && <DoorBanners waiting={waiting} onAdmit={admit} onRefuse={refuse} />}
          <SignalBanner known={known} />
          <TroubleBanners
            troubles={troubles}
            startFailed={startFailed === null ? null : problemText(startFailed)}
            onRetryDevices={() => void capture.retry()}
            onDevices={() => setDialog({ name: "devices" })}
            onAllowPlayback={() => void visit.allowPlayback()}
            onStart={() => void visit.start()}
          />
        </div>
        <div className={styles.large}>
          {large === null ? (
            <p className={styles.alone}>{intl.formatMessage({ id: "call.stage.alone" })}</p>
          ) : (
            <VideoTile key={large.id} participant={large} person={person(large)} large />
          )}
        </div>
        <div className={styles.strip}>
          {strip.map((who) => (
            <VideoTile
              key={who.id}
              participant={who}
              person={person(who)}
              onEnlarge={toggleEnlarged(who)}
            />
          ))}
          {!onlyWatches && (
            <SelfTile
              id={you.id}
              track={captured.camera.track}
              cameraOn={captured.camera.on}
              muted={!microphoneOn}
              speaking={media.speaking}
            />
          )}
        </div>
      </main>
      {panel !== null && (
        <SidePanel
          shown={panel}
          onShow={setPanel}
          onClose={() => setPanel(null)}
          peopleCount={inside.length}
          unread={unread}
          people={
            <PeoplePanel
              known={known}
              others={media.others}
              onAdmit={admit}
              onRefuse={refuse}
              onRemove={(who) => setDialog({ name: "remove", who })}
              onLowerHand={(who) =>
                ask(
                  who.id === you.id
                    ? { type: "lower_hand" }
                    : { type: "lower_hand", participant: who.id },
                )
              }
            />
          }
          chat={<ChatPanel live={live} known={known} mayWrite={maySay(you)} />}
        />
      )}
      <CallBar
        microphoneOn={microphoneOn}
        cameraOn={cameraOn}
        handUp={handUp}
        onlyWatches={onlyWatches}
        panel={panel}
        people={inside.length}
        waiting={you.mayAdmit ? waiting.length : 0}
        unread={unread}
        kind={known.session.kind}
        mayEnd={leads(you) && known.session.state === "live"}
        onMicrophone={toggleMicrophone}
        onCamera={toggleCamera}
        onHand={toggleHand}
        onPanel={(name) => setPanel(panel === name ? null : name)}
        onDevices={() => setDialog({ name: "devices" })}
        onHelp={openHelp}
        onLeave={() => setDialog({ name: "leave" })}
        onEnd={() => setDialog({ name: "end" })}
      />
      <Announcements live={live} />
      {dialog !== null && (
        <CallDialog
          dialog={dialog}
          visit={visit}
          leads={leads(you)}
          onlyWatches={onlyWatches}
          onClose={closeDialog}
        />
      )}
    </div>
  );
}

interface CallDialogProps {
  readonly dialog: OpenDialog;
  readonly visit: Visit;
  readonly leads: boolean;
  readonly onlyWatches: boolean;
  readonly onClose: () => void;
}

function CallDialog({ dialog, visit, leads: mayEnd, onlyWatches, onClose }: CallDialogProps) {
  const intl = useIntl();
  const { live } = visit;
  const kind = live.getState().known?.session.kind ?? "interview";
  switch (dialog.name) {
    case "devices":
      return (
        <DevicesDialog
          capture={visit.capture}
          onlyWatches={onlyWatches}
          onSpeaker={(id) => void visit.setSpeaker(id)}
          onClose={onClose}
        />
      );
    case "keys":
      return <KeysDialog onClose={onClose} />;
    case "end":
      return (
        <Confirm
          title={intl.formatMessage({ id: "call.end.title" }, { kind })}
          action={intl.formatMessage({ id: "call.bar.end" }, { kind })}
          onConfirm={() => visit.end()}
          onClose={onClose}
        >
          {intl.formatMessage({ id: "call.end.text" })}
        </Confirm>
      );
    case "leave":
      return (
        <Confirm
          title={intl.formatMessage({ id: "call.leave.title" })}
          action={intl.formatMessage({ id: "call.bar.leave" })}
          onConfirm={async () => visit.leave()}
          onClose={onClose}
        >
          {intl.formatMessage({ id: mayEnd ? "call.leave.text_lead" : "call.leave.text" })}
        </Confirm>
      );
    case "remove":
    case "refuse": {
      const { who } = dialog;
      return (
        <Confirm
          title={intl.formatMessage({ id: `call.${dialog.name}.title` }, { name: who.name })}
          action={intl.formatMessage({ id: `call.people.${dialog.name}` })}
          onConfirm={() => live.request({ type: dialog.name, participant: who.id })}
          onClose={onClose}
        >
          {intl.formatMessage({ id: `call.${dialog.name}.text` })}
        </Confirm>
      );
    }
    default:
      return dialog satisfies never;
  }
}

/** Lines of others written since the chat was last looked at. */
function useUnread(known: LiveKnowledge, looking: boolean): number {
  const [seen, setSeen] = useState(known.chat.length);
  useEffect(() => {
    if (looking) setSeen(known.chat.length);
  }, [looking, known.chat.length]);
  return looking ? 0 : known.chat.slice(seen).filter((line) => line.from !== known.you).length;
}

/** One tone when the connection is lost and one when it is back. */
function useLossTones(lost: boolean): void {
  const before = useRef(lost);
  useEffect(() => {
    if (before.current === lost) return;
    before.current = lost;
    void play(lost ? "lost" : "returned");
  }, [lost]);
}

/** Rings whenever one more is at the door. */
function useDoorbell(waiting: number): void {
  const bell = useMemo(() => new Doorbell(() => void play("doorbell")), []);
  const before = useRef(0);
  useEffect(() => {
    if (waiting > before.current) bell.press();
    if (waiting === 0) bell.quiet();
    before.current = waiting;
  }, [waiting, bell]);
  useEffect(() => () => bell.quiet(), [bell]);
}

/** The tab says how many things wait while another window is in front. */
function useTitle(known: LiveKnowledge, count: number): void {
  const intl = useIntl();
  const kind = intl.formatMessage({ id: `call.kind.${known.session.kind}` });
  const title = [kind, known.session.reference].filter((part) => part !== "").join(" · ");
  useEffect(() => {
    const before = document.title;
    document.title = count > 0 ? `(${count}) ${title}` : title;
    return () => {
      document.title = before;
    };
  }, [title, count]);
}

/** Oneself in the room, if the room knows us. */
export const youOf = (known: LiveKnowledge): Participant | undefined => me(known);
