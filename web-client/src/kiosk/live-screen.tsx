/** The session as the room sees it: faces with names, and three things that can be said with one press. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import { useIntl } from "react-intl";
import { type RoomSignal, signalText } from "../call/room-signal";
import { arrange } from "../call/stage";
import type { Visit } from "../call/visit";
import { SelfView } from "../lobby/self-view";
import type { MediaPerson, VideoView } from "../media/media-session";
import type { LiveKnowledge } from "../signaling/live-state";
import type { Participant } from "../signaling/protocol.gen";
import { cx } from "../ui/cx";
import { useStore } from "../ui/use-store";
import { KioskButton } from "./kiosk-button";
import { KioskFrame } from "./kiosk-frame";
import styles from "./live-screen.module.css";
import { Pictogram } from "./pictograms";
import { CameraState, PICTURES } from "./waiting-screen";

interface LiveScreenProps {
  readonly place: ReactNode;
  readonly visit: Visit;
  readonly known: LiveKnowledge;
  readonly you: Participant;
}

/** Faces shown large; the others, such as observers, stay small but are always shown and named. */
const LARGE = 2;

export function LiveScreen({ place, visit, known, you }: LiveScreenProps) {
  const intl = useIntl();
  const { media } = useStore(visit);
  const { camera } = useStore(visit.capture);
  const others = facesFirst(known);
  const person = (who: Participant) => media.others.find((other) => other.identity === who.id);
  return (
    <KioskFrame
      testId="kiosk-live"
      languages={false}
      place={
        <span className={styles.place} data-media={media.phase} data-testid="kiosk-media">
          <span>{place}</span>
          <CameraState visit={visit} />
        </span>
      }
      footer={<Says visit={visit} you={you} />}
    >
      <div className={styles.screen}>
        {media.playbackBlocked && (
          <div className={styles.sound}>
            <KioskButton picture="speaker" look="strong" onPress={() => void visit.allowPlayback()}>
              {intl.formatMessage({ id: "kiosk.sound" })}
            </KioskButton>
          </div>
        )}
        <div className={styles.faces} data-count={Math.min(others.length, LARGE)}>
          {others.length === 0 && (
            <p className={styles.nobody}>
              <Pictogram name="officer" size={96} />
              {intl.formatMessage({ id: "kiosk.live.nobody" })}
            </p>
          )}
          {others.slice(0, LARGE).map((who) => (
            <Face key={who.id} who={who} person={person(who)} />
          ))}
        </div>
        <div className={styles.small}>
          {others.slice(LARGE).map((who) => (
            <Face key={who.id} who={who} person={person(who)} small />
          ))}
          <div className={styles.self} data-participant={you.id} data-self="true">
            <SelfView track={camera.track} />
            <span className={styles.selfName}>{intl.formatMessage({ id: "kiosk.you" })}</span>
          </div>
        </div>
      </div>
    </KioskFrame>
  );
}

/** Officers and interpreter are whom people talk with. */
function facesFirst(known: LiveKnowledge): readonly Participant[] {
  const { large, strip } = arrange(known, null);
  const all = large === null ? strip : [large, ...strip];
  const weight = (who: Participant) =>
    who.role === "lead_officer" || who.role === "trainer" ? 0 : who.role === "interpreter" ? 1 : 2;
  return [...all].sort((a, b) => weight(a) - weight(b));
}

interface FaceProps {
  readonly who: Participant;
  readonly person: MediaPerson | undefined;
  readonly small?: boolean;
}

/** The name is there before the face: nobody appears suddenly. */
function Face({ who, person, small = false }: FaceProps) {
  const intl = useIntl();
  return (
    <figure
      className={cx(
        styles.face,
        who.role === "interpreter" && styles.interpreter,
        person?.speaking && styles.speaking,
      )}
      data-small={small || undefined}
      data-participant={who.id}
      data-role={who.role}
    >
      <span className={styles.stand}>
        <Pictogram name={PICTURES[who.role]} size={small ? 48 : 120} />
      </span>
      {person?.camera && <Picture view={person.camera} />}
      <figcaption className={styles.name}>
        <bdi>{who.name}</bdi>
        <span className={styles.role}>{intl.formatMessage({ id: `kiosk.role.${who.role}` })}</span>
        {who.presence === "reconnecting" && (
          <span className={styles.role}>{intl.formatMessage({ id: "kiosk.coming_back" })}</span>
        )}
      </figcaption>
    </figure>
  );
}

function Picture({ view }: { readonly view: VideoView }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    return element === null ? undefined : view.attach(element);
  }, [view]);
  return <video ref={video} className={styles.video} autoPlay playsInline muted />;
}

/** Break, cannot hear, help. What was asked stays in view until something else is. */
function Says({ visit, you }: { readonly visit: Visit; readonly you: Participant }) {
  const intl = useIntl();
  const { unsent } = useStore(visit.live);
  const [signalled, setSignalled] = useState<{ what: RoomSignal; line: string } | null>(null);
  const arrived = !unsent.some((line) => line.key === signalled?.line);
  const handUp = you.handRaisedAt !== undefined;
  const signal = (what: RoomSignal) => {
    setSignalled({ what, line: visit.live.say(signalText(what)) });
  };
  const toggleBreak = () => {
    setSignalled(null);
    visit.live
      .request({ type: handUp ? "lower_hand" : "raise_hand" })
      // Asked again by the room's own state: the button shows what the room knows.
      .catch(() => undefined);
  };
  return (
    <div className={styles.says}>
      <p className={styles.told} role="status">
        {handUp
          ? intl.formatMessage({ id: "kiosk.told.break" })
          : signalled !== null &&
            intl.formatMessage({
              id: arrived ? `kiosk.told.${signalled.what}` : "kiosk.told.soon",
            })}
      </p>
      <div className={styles.buttons}>
        <KioskButton picture="break" pressed={handUp} onPress={toggleBreak} testId="break">
          {intl.formatMessage({ id: "kiosk.break" })}
        </KioskButton>
        <KioskButton picture="ear" onPress={() => signal("cannot_hear")} testId="cannot-hear">
          {intl.formatMessage({ id: "kiosk.cannot_hear" })}
        </KioskButton>
        <KioskButton picture="help" onPress={() => signal("help")} testId="help">
          {intl.formatMessage({ id: "kiosk.help" })}
        </KioskButton>
      </div>
    </div>
  );
}
