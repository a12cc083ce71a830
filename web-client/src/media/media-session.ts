/**
 * The media connection of one participant, whatever library carries it.
 *
 * It publishes what `Capture` holds, plays everybody it may hear, and comes back by itself for
 * ever: each attempt asks the `MediaDoor` for a fresh token.
 */

/** Where to connect, asked anew for each attempt. Rejects while the participant is not admitted. */
export type MediaDoor = () => Promise<{ readonly url: string; readonly token: string }>;

export type MediaPhase =
  | "idle"
  | "connecting"
  | "connected"
  /** Was connected; what is seen may be frozen. */
  | "reconnecting"
  /** The same participant joined from elsewhere. */
  | "replaced"
  | "left";

export type LinkQuality = "good" | "weak" | "stalled" | "unknown";

/** A picture that can be shown in an element of the page. */
export interface VideoView {
  /** Changes when another track takes its place. */
  readonly id: string;
  /** Shows the picture and returns how to stop showing it. */
  attach(element: HTMLVideoElement): () => void;
}

export interface MediaPerson {
  readonly identity: string;
  /** Null while there is none or it is switched off. */
  readonly camera: VideoView | null;
  readonly microphone: "on" | "muted" | "none";
  readonly speaking: boolean;
  readonly link: LinkQuality;
}

export interface MediaState {
  readonly phase: MediaPhase;
  /** Everybody else in the media conversation. */
  readonly others: readonly MediaPerson[];
  /** How well we are heard and seen. */
  readonly uplink: LinkQuality;
  readonly speaking: boolean;
  /** The browser plays no sound until the person presses something. */
  readonly playbackBlocked: boolean;
}

export interface MediaSession {
  readonly getState: () => MediaState;
  readonly subscribe: (listener: () => void) => () => void;
  connect(door: MediaDoor): void;
  /** The network or the admission is back: try now instead of waiting. */
  wake(): void;
  /** Called from a press, lets the browser play sound. */
  allowPlayback(): Promise<void>;
  /** Plays through another speaker; null is the system's. */
  setSpeaker(deviceId: string | null): Promise<void>;
  leave(): Promise<void>;
}

export const IDLE: MediaState = {
  phase: "idle",
  others: [],
  uplink: "unknown",
  speaking: false,
  playbackBlocked: false,
};
