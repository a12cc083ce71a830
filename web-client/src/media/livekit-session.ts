/**
 * `MediaSession` on livekit-client. The only file that knows the library; loaded when somebody
 * joins, never with the page.
 *
 * The library resumes a lost connection by itself for a few seconds. When it gives up, or the
 * server is a new one, we join again from the beginning with a fresh token. The tracks belong to
 * `Capture` and stay open throughout.
 */

import {
  AudioPresets,
  ConnectionQuality,
  DisconnectReason,
  type LocalTrackPublication,
  type RemoteParticipant,
  type RemoteTrack,
  Room,
  RoomEvent,
  Track,
} from "livekit-client";
import type { Capture, CaptureProfile, InputKind } from "./capture";
import { type LevelMeter, meterFor } from "./level-meter";
import { judge, type LinkSample, SteadyQuality } from "./link-quality";
import {
  IDLE,
  type LinkQuality,
  type MediaDoor,
  type MediaPerson,
  type MediaSession,
  type MediaState,
  type VideoView,
} from "./media-session";
import { Rejoin } from "./rejoin";
import { readIncoming, readOutgoing } from "./rtc-samples";

export interface LiveKitOptions {
  readonly capture: Capture;
  readonly profile: CaptureProfile;
  /** Observers only watch. */
  readonly mayPublish: boolean;
}

/** The library's own attempts to resume; then we ask for a fresh token instead. */
const RESUME_DELAYS_MS = [0, 300, 1_000, 2_000, 3_000];
const SPEAKING_EVERY_MS = 250;
const SPEAKING_HOLD_MS = 900;
/** Linear level of a voice, above the noise of a quiet room. */
const VOICE = 0.02;
/** The same on the meter's scale. */
const OWN_VOICE = 0.45;
const JUDGE_EVERY_MS = 4_000;

const SOURCE: Record<InputKind, Track.Source> = {
  camera: Track.Source.Camera,
  microphone: Track.Source.Microphone,
};

/** What is remembered of another person between two measurements. */
interface Observed {
  spokeAt: number;
  sample: LinkSample | null;
  readonly link: SteadyQuality;
}

export function createLiveKitSession(options: LiveKitOptions): MediaSession {
  return new LiveKitSession(options);
}

class LiveKitSession implements MediaSession {
  readonly #options: LiveKitOptions;
  readonly #listeners = new Set<() => void>();
  readonly #rejoin: Rejoin;
  readonly #observed = new Map<string, Observed>();
  readonly #views = new WeakMap<RemoteTrack, VideoView>();
  readonly #sounds = new Map<RemoteTrack, HTMLMediaElement>();
  readonly #publishing: Record<InputKind, Promise<void>> = {
    camera: Promise.resolve(),
    microphone: Promise.resolve(),
  };
  #state: MediaState = IDLE;
  #room: Room | null = null;
  /** Whether the room was entered; before that, a failed attempt tells by its rejection. */
  #entered = false;
  #door: MediaDoor | null = null;
  #meter: { readonly track: MediaStreamTrack; readonly meter: LevelMeter } | null = null;
  #ownSpokeAt = Number.NEGATIVE_INFINITY;
  #uplinkSample: LinkSample | null = null;
  readonly #uplink = new SteadyQuality();
  #timers: ReturnType<typeof setInterval>[] = [];
  #unsubscribe: () => void = () => undefined;

  constructor(options: LiveKitOptions) {
    this.#options = options;
    this.#rejoin = new Rejoin({ attempt: () => this.#join(), random: Math.random });
  }

  readonly getState = (): MediaState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  connect(door: MediaDoor): void {
    if (this.#door !== null || this.#left) return;
    this.#door = door;
    this.#set({ phase: "connecting" });
    this.#unsubscribe = this.#options.capture.subscribe(() => this.#publishBoth());
    this.#timers = [
      setInterval(() => this.#listen(), SPEAKING_EVERY_MS),
      setInterval(() => void this.#judgeLinks(), JUDGE_EVERY_MS),
    ];
    this.#rejoin.now();
  }

  wake(): void {
    this.#rejoin.wake();
  }

  async allowPlayback(): Promise<void> {
    await this.#room?.startAudio().catch(() => undefined);
    this.#refresh();
  }

  async setSpeaker(deviceId: string | null): Promise<void> {
    await this.#room?.switchActiveDevice("audiooutput", deviceId ?? "default").catch(() => false);
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#stop("left");
    await this.#room?.disconnect(false);
  }

  get #left(): boolean {
    return this.#state.phase === "left" || this.#state.phase === "replaced";
  }

  /** One attempt from the beginning; resolves when connected. */
  async #join(): Promise<void> {
    if (this.#door === null || this.#left) return;
    await this.#forgetRoom();
    const { url, token } = await this.#door();
    const room = new Room({
      adaptiveStream: true,
      dynacast: true,
      singlePeerConnection: false,
      // The tracks belong to `Capture`; it closes the devices when the person leaves.
      stopLocalTrackOnUnpublish: false,
      disconnectOnPageLeave: true,
      reconnectPolicy: {
        nextRetryDelayInMs: ({ retryCount }) => RESUME_DELAYS_MS[retryCount] ?? null,
      },
      publishDefaults: {
        simulcast: true,
        // A voice needs no more, and sent twice over (RED) it still passes a line of 100 kbit/s.
        audioPreset: AudioPresets.speech,
        red: true,
        dtx: true,
        videoCodec: "vp8",
        degradationPreference:
          this.#options.profile === "room" ? "maintain-resolution" : "maintain-framerate",
      },
    });
    this.#room = room;
    this.#entered = false;
    this.#watch(room);
    const speaker = this.#options.capture.getState().chosen.speaker;
    await room.connect(url, token, { maxRetries: 0 });
    if (this.#left) {
      await room.disconnect(false);
      return;
    }
    if (speaker !== null) void this.setSpeaker(speaker);
    this.#entered = true;
    this.#set({ phase: "connected" });
    this.#refresh();
    this.#publishBoth();
  }

  #watch(room: Room): void {
    const mine = (act: () => void) => () => {
      if (this.#room === room && !this.#left) act();
    };
    const refresh = mine(() => this.#refresh());
    for (const event of [
      RoomEvent.ParticipantConnected,
      RoomEvent.ParticipantDisconnected,
      RoomEvent.TrackMuted,
      RoomEvent.TrackUnmuted,
      RoomEvent.TrackPublished,
      RoomEvent.TrackUnpublished,
      RoomEvent.TrackStreamStateChanged,
      RoomEvent.ConnectionQualityChanged,
      RoomEvent.ActiveSpeakersChanged,
      RoomEvent.AudioPlaybackStatusChanged,
    ] as const) {
      room.on(event, refresh);
    }
    room.on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind === Track.Kind.Audio) this.#playSound(track);
      refresh();
    });
    room.on(RoomEvent.TrackUnsubscribed, (track) => {
      this.#silence(track);
      refresh();
    });
    room.on(
      RoomEvent.SignalReconnecting,
      // The socket alone was lost: sound and picture still flow, so nobody is told.
      refresh,
    );
    room.on(
      RoomEvent.Reconnecting,
      mine(() => this.#set({ phase: "reconnecting" })),
    );
    room.on(
      RoomEvent.Reconnected,
      mine(() => {
        this.#set({ phase: "connected" });
        this.#refresh();
        this.#publishBoth();
      }),
    );
    room.on(RoomEvent.Disconnected, (reason) => mine(() => this.#disconnected(reason))());
  }

  #disconnected(reason: DisconnectReason | undefined): void {
    if (reason === DisconnectReason.DUPLICATE_IDENTITY) {
      this.#stop("replaced");
      return;
    }
    if (!this.#entered) return;
    this.#set({ phase: "reconnecting" });
    this.#rejoin.now();
  }

  #stop(phase: "left" | "replaced"): void {
    this.#rejoin.stop();
    this.#unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
    for (const track of [...this.#sounds.keys()]) this.#silence(track);
    this.#meter?.meter.close();
    this.#set({ ...IDLE, phase });
  }

  async #forgetRoom(): Promise<void> {
    const room = this.#room;
    if (room === null) return;
    this.#room = null;
    for (const track of [...this.#sounds.keys()]) this.#silence(track);
    room.removeAllListeners();
    await room.disconnect(false).catch(() => undefined);
  }

  // Sound of the others

  #playSound(track: RemoteTrack): void {
    const element = track.attach();
    element.hidden = true;
    document.body.append(element);
    this.#sounds.set(track, element);
  }

  #silence(track: RemoteTrack): void {
    for (const element of track.detach()) {
      if (element instanceof HTMLAudioElement) element.remove();
    }
    this.#sounds.delete(track);
  }

  // What we send

  #publishBoth(): void {
    if (!this.#options.mayPublish) return;
    this.#publishNext("microphone");
    this.#publishNext("camera");
  }

  /** One change after the other per device; each step reads what is wanted when its turn comes. */
  #publishNext(kind: InputKind): void {
    this.#publishing[kind] = this.#publishing[kind]
      .then(() => this.#publish(kind))
      .catch(() => {
        // The connection went while publishing; joining again publishes again.
      });
  }

  async #publish(kind: InputKind): Promise<void> {
    const room = this.#room;
    if (room === null || this.#state.phase !== "connected" || this.#left) return;
    const { track, on } = this.#options.capture.getState()[kind];
    const publication = room.localParticipant.getTrackPublication(SOURCE[kind]);
    if (publication?.track === undefined) {
      if (track === null) return;
      const published = await room.localParticipant.publishTrack(track, { source: SOURCE[kind] });
      if (!on) await published.mute();
      return;
    }
    await this.#update(publication, track, on);
  }

  async #update(
    publication: LocalTrackPublication,
    track: MediaStreamTrack | null,
    on: boolean,
  ): Promise<void> {
    const local = publication.track;
    if (local === undefined) return;
    if (track === null || !on) {
      if (!publication.isMuted) await publication.mute();
    }
    if (track !== null && local.mediaStreamTrack !== track) {
      await local.replaceTrack(track, true);
    }
    if (track !== null && on && publication.isMuted) await publication.unmute();
  }

  // Who speaks, and how the links are

  #listen(): void {
    const room = this.#room;
    if (room === null) return;
    const now = performance.now();
    for (const participant of room.remoteParticipants.values()) {
      if (participant.isSpeaking || voiceOf(participant) > VOICE) {
        this.#observe(participant.identity).spokeAt = now;
      }
    }
    if (this.#ownLevel() > OWN_VOICE) this.#ownSpokeAt = now;
    this.#refresh();
  }

  #ownLevel(): number {
    const { track, on } = this.#options.capture.getState().microphone;
    if (this.#meter?.track !== track) {
      this.#meter?.meter.close();
      this.#meter = track === null ? null : { track, meter: meterFor(track) };
    }
    return on && this.#meter !== null ? this.#meter.meter.level() : 0;
  }

  async #judgeLinks(): Promise<void> {
    const room = this.#room;
    if (room === null || this.#state.phase !== "connected") return;
    for (const participant of room.remoteParticipants.values()) {
      const observed = this.#observe(participant.identity);
      const sound = participant.getTrackPublication(Track.Source.Microphone);
      const report = await sound?.track?.getRTCStatsReport();
      if (report === undefined) continue;
      const sample = readIncoming(report, performance.now());
      observed.link.update(judge(observed.sample, sample, sound?.isMuted === false));
      observed.sample = sample;
    }
    const own = room.localParticipant.getTrackPublication(Track.Source.Microphone);
    const report = await own?.track?.getRTCStatsReport();
    if (report !== undefined) {
      const sample = readOutgoing(report, performance.now());
      this.#uplink.update(judge(this.#uplinkSample, sample, false));
      this.#uplinkSample = sample;
    }
    this.#refresh();
  }

  #observe(identity: string): Observed {
    const known = this.#observed.get(identity);
    if (known !== undefined) return known;
    const fresh = {
      spokeAt: Number.NEGATIVE_INFINITY,
      sample: null,
      link: new SteadyQuality(),
    };
    this.#observed.set(identity, fresh);
    return fresh;
  }

  // State

  #refresh(): void {
    const room = this.#room;
    if (room === null || this.#left) return;
    const now = performance.now();
    const others = [...room.remoteParticipants.values()].map((who) => this.#person(who, now));
    const speaking = now - this.#ownSpokeAt < SPEAKING_HOLD_MS;
    const uplink = worse(this.#uplink.shown, qualityOf(room.localParticipant.connectionQuality));
    // The library also calls a machine without loudspeakers blocked; only sound that waits counts.
    const waits = [...this.#sounds.values()].some((element) => element.paused);
    const playbackBlocked = !room.canPlaybackAudio && waits;
    const same =
      playbackBlocked === this.#state.playbackBlocked &&
      speaking === this.#state.speaking &&
      uplink === this.#state.uplink &&
      samePeople(others, this.#state.others);
    if (!same) this.#set({ others, speaking, uplink, playbackBlocked });
  }

  #person(participant: RemoteParticipant, now: number): MediaPerson {
    const observed = this.#observe(participant.identity);
    const camera = participant.getTrackPublication(Track.Source.Camera);
    const microphone = participant.getTrackPublication(Track.Source.Microphone);
    const picture = camera?.isMuted === false ? camera.track : undefined;
    const sound =
      microphone === undefined ? "none" : microphone.isMuted ? ("muted" as const) : ("on" as const);
    return {
      identity: participant.identity,
      camera: picture === undefined ? null : this.#view(picture as RemoteTrack),
      microphone: sound,
      speaking: sound === "on" && now - observed.spokeAt < SPEAKING_HOLD_MS,
      link: worse(observed.link.shown, qualityOf(participant.connectionQuality)),
    };
  }

  #view(track: RemoteTrack): VideoView {
    const known = this.#views.get(track);
    if (known !== undefined) return known;
    const view: VideoView = {
      id: track.sid ?? crypto.randomUUID(),
      attach: (element) => {
        track.attach(element);
        return () => {
          track.detach(element);
        };
      },
    };
    this.#views.set(track, view);
    return view;
  }

  #set(change: Partial<MediaState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** How loud somebody is just now, measured where their sound arrives. */
function voiceOf(participant: RemoteParticipant): number {
  const track = participant.getTrackPublication(Track.Source.Microphone)?.track;
  const receiver = track instanceof Object && "receiver" in track ? track.receiver : undefined;
  if (!(receiver instanceof RTCRtpReceiver)) return 0;
  return receiver.getSynchronizationSources()[0]?.audioLevel ?? 0;
}

function qualityOf(quality: ConnectionQuality): LinkQuality {
  switch (quality) {
    case ConnectionQuality.Excellent:
    case ConnectionQuality.Good:
      return "good";
    case ConnectionQuality.Poor:
      return "weak";
    case ConnectionQuality.Lost:
      return "stalled";
    default:
      return "unknown";
  }
}

const WORST_FIRST: readonly LinkQuality[] = ["stalled", "weak", "good", "unknown"];

function worse(a: LinkQuality, b: LinkQuality): LinkQuality {
  return WORST_FIRST.find((quality) => quality === a || quality === b) ?? "unknown";
}

function samePeople(a: readonly MediaPerson[], b: readonly MediaPerson[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        one.identity === other.identity &&
        one.camera === other.camera &&
        one.microphone === other.microphone &&
        one.speaking === other.speaking &&
        one.link === other.link
      );
    })
  );
}
