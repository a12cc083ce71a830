/** One person or room: the picture, whole and never cropped, with the name on it. */

import { HeadphoneOff, Headphones, Maximize2, MicOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { useIntl } from "react-intl";
import { SelfView } from "../lobby/self-view";
import type { MediaPerson, VideoView } from "../media/media-session";
import type { Participant } from "../signaling/protocol.gen";
import { cx } from "../ui/cx";
import styles from "./video-tile.module.css";

interface VideoTileProps {
  readonly participant: Participant;
  /** What arrives of them; absent before it does. */
  readonly person: MediaPerson | undefined;
  readonly large?: boolean;
  /** Makes this tile the large one. */
  readonly onEnlarge?: (() => void) | undefined;
}

export function VideoTile({ participant, person, large = false, onEnlarge }: VideoTileProps) {
  const intl = useIntl();
  const state = words();
  return (
    <figure
      className={cx(
        styles.tile,
        participant.role === "interpreter" && styles.interpreter,
        person?.speaking && styles.speaking,
      )}
      data-participant={participant.id}
      data-role={participant.role}
      data-large={large || undefined}
    >
      {person?.camera ? <Picture view={person.camera} /> : null}
      {state !== null && <p className={styles.state}>{state}</p>}
      <figcaption className={styles.name}>
        {participant.role === "interpreter" && <Headphones size={16} aria-hidden="true" />}
        {person?.microphone === "muted" && (
          <MicOff size={16} aria-label={intl.formatMessage({ id: "call.tile.muted" })} />
        )}
        <bdi>{participant.name}</bdi>
        {!saysItself(participant) && (
          <span className={styles.role}>
            {intl.formatMessage({ id: `call.role.${participant.role}` })}
          </span>
        )}
      </figcaption>
      {(person?.link === "weak" || person?.link === "stalled") && (
        <p className={styles.quality}>
          <HeadphoneOff size={14} aria-hidden="true" />
          {intl.formatMessage({ id: `call.tile.link.${person.link}` })}
        </p>
      )}
      {onEnlarge && !large && (
        <button type="button" className={styles.enlarge} onClick={onEnlarge}>
          <Maximize2 size={16} aria-hidden="true" />
          <span className="visually-hidden">
            {intl.formatMessage({ id: "call.tile.enlarge" }, { name: participant.name })}
          </span>
        </button>
      )}
    </figure>
  );

  function words(): string | null {
    if (participant.presence === "reconnecting") {
      return intl.formatMessage({ id: "call.tile.reconnecting" });
    }
    if (participant.presence === "waiting") return intl.formatMessage({ id: "call.tile.waiting" });
    if (participant.presence !== "present") return intl.formatMessage({ id: "call.tile.absent" });
    if (person === undefined) return intl.formatMessage({ id: "call.tile.preparing" });
    return person.camera === null ? intl.formatMessage({ id: "call.tile.camera_off" }) : null;
  }
}

/** A room's name already says what it is. */
const saysItself = (participant: Participant): boolean => participant.role === "room_device";

function Picture({ view }: { readonly view: VideoView }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    return element === null ? undefined : view.attach(element);
  }, [view]);
  return <video ref={video} className={styles.video} autoPlay playsInline muted />;
}

interface SelfTileProps {
  readonly track: MediaStreamTrack | null;
  readonly muted: boolean;
  readonly cameraOn: boolean;
  readonly speaking: boolean;
  readonly id: string;
}

/** Oneself, mirrored. */
export function SelfTile({ track, muted, cameraOn, speaking, id }: SelfTileProps) {
  const intl = useIntl();
  return (
    <figure
      className={cx(styles.tile, speaking && styles.speaking)}
      data-participant={id}
      data-self="true"
    >
      <SelfView track={track} className={styles.video} />
      {track === null && (
        <p className={styles.state}>
          {intl.formatMessage({ id: cameraOn ? "call.tile.no_camera" : "call.tile.camera_off" })}
        </p>
      )}
      <figcaption className={styles.name}>
        {muted && <MicOff size={16} aria-label={intl.formatMessage({ id: "call.tile.muted" })} />}
        {intl.formatMessage({ id: "call.tile.you" })}
      </figcaption>
    </figure>
  );
}
