/**
 * One participant's visit to one session, from the green room to the end: joins the live session,
 * what the person sends, and the media connection. Without React; pages render it.
 *
 * The live session decides. Media is connected while the room says that we are in it, and every
 * loss heals by itself: the live socket resumes, the media connection asks for a new token.
 */

import type { Capture, CaptureProfile } from "../media/capture";
import { IDLE, type MediaSession, type MediaState } from "../media/media-session";
import type { ClosedReason, LiveSession, LiveState } from "../signaling/live-session";
import { me } from "../signaling/live-state";
import type { Participant, Role } from "../signaling/protocol.gen";

/** How a visit can be over. */
export type Outcome = "ended" | "cancelled" | "refused" | Exclude<ClosedReason, "session_over">;

export type Stage =
  | { readonly name: "opening" }
  | { readonly name: "green_room" }
  | { readonly name: "waiting" }
  | { readonly name: "inside" }
  | { readonly name: "over"; readonly outcome: Outcome };

/** What the server does for a visit over HTTP. */
export interface VisitApi {
  joinToken(): Promise<{ readonly url: string; readonly token: string }>;
  start(): Promise<void>;
  end(): Promise<void>;
  /** Everybody the session is booked for. Whoever waits is told by the room only who is inside. */
  booked(): Promise<readonly Booked[]>;
}

/** Somebody a session is booked for, whether here or not. */
export type Booked = Pick<Participant, "id" | "name" | "role">;

export interface MediaOptions {
  readonly capture: Capture;
  readonly profile: CaptureProfile;
  readonly mayPublish: boolean;
}

export interface VisitOptions {
  readonly live: LiveSession;
  readonly capture: Capture;
  readonly profile: CaptureProfile;
  readonly api: VisitApi;
  /** Loads the media library when it is needed. */
  readonly loadMedia: (options: MediaOptions) => Promise<MediaSession>;
  /** Remembers across a reload that the person had passed the green room. */
  readonly ready?: { get(): boolean; set(ready: boolean): void };
}

export interface VisitState {
  readonly stage: Stage;
  readonly media: MediaState;
  /** What starting the session failed with, if it did. */
  readonly startFailed: unknown;
  /** Empty until the server has answered. */
  readonly booked: readonly Booked[];
}

/** Watches and listens only: neither camera nor microphone is opened. */
export const onlyWatches = (role: Role): boolean => role === "observer";

/** Whom the room tells of, and after them those who are booked and not here. */
export function withBooked(
  here: readonly Participant[],
  booked: readonly Booked[],
): readonly Participant[] {
  const absent = booked.filter(({ id }) => !here.some((participant) => participant.id === id));
  return [
    ...here,
    ...absent.map((who): Participant => ({ ...who, presence: "absent", mayAdmit: false })),
  ];
}

/** Where the visit stands, from what the live session says and whether the green room was passed. */
export function stageOf(live: LiveState, ready: boolean, wasInside: boolean): Stage {
  const { connection, known } = live;
  if (connection.phase === "closed") {
    return { name: "over", outcome: outcomeOf(connection.reason, live, wasInside) };
  }
  if (known === null) return { name: "opening" };
  if (known.session.state === "ended") return { name: "over", outcome: "ended" };
  if (known.session.state === "cancelled") return { name: "over", outcome: "cancelled" };
  const self = me(known);
  if (self?.presence === "refused") {
    return { name: "over", outcome: wasInside ? "removed" : "refused" };
  }
  if (!ready) return { name: "green_room" };
  const inside = self?.presence === "present" || self?.presence === "reconnecting";
  return { name: inside ? "inside" : "waiting" };
}

function outcomeOf(reason: ClosedReason, live: LiveState, wasInside: boolean): Outcome {
  if (reason === "session_over") {
    return live.known?.session.state === "cancelled" ? "cancelled" : "ended";
  }
  if (reason === "removed") return wasInside ? "removed" : "refused";
  return reason;
}

export class Visit {
  readonly live: LiveSession;
  readonly capture: Capture;
  readonly #options: VisitOptions;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #state: VisitState = { stage: { name: "opening" }, media: IDLE, startFailed: null, booked: [] };
  #media: MediaSession | null = null;
  #mediaWanted = false;
  #ready: boolean;
  #wasInside = false;
  #wasConnected = false;

  constructor(options: VisitOptions) {
    this.#options = options;
    this.live = options.live;
    this.capture = options.capture;
    this.#ready = options.ready?.get() ?? false;
    this.#unsubscribe = this.live.subscribe(() => this.#onLive());
    this.#onLive();
    void this.#learnBooked();
  }

  readonly getState = (): VisitState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The person is ready: leaves the green room, and starts the session if `start` says so. */
  async enter(start: boolean): Promise<void> {
    this.#setReady(true);
    if (start) await this.start();
  }

  async start(): Promise<void> {
    this.#set({ startFailed: null });
    try {
      await this.#options.api.start();
    } catch (error) {
      // Somebody else may have been faster; then there is nothing to tell.
      if (this.live.getState().known?.session.state === "planned")
        this.#set({ startFailed: error });
    }
  }

  /** Ends the session for everybody; rejects when the server refuses. */
  end(): Promise<void> {
    return this.#options.api.end();
  }

  /** Leaves for now; the seat is free and the devices are closed. */
  leave(): void {
    this.#setReady(false);
    this.live.leave();
  }

  /** The page goes away. */
  close(): void {
    this.#unsubscribe();
    this.capture.stop();
    void this.#media?.leave();
    this.live.leave();
  }

  allowPlayback(): Promise<void> {
    return this.#media?.allowPlayback() ?? Promise.resolve();
  }

  setSpeaker(id: string): Promise<void> {
    void this.capture.choose("speaker", id);
    return this.#media?.setSpeaker(id) ?? Promise.resolve();
  }

  #onLive(): void {
    const live = this.live.getState();
    const stage = stageOf(live, this.#ready, this.#wasInside);
    const connected = live.connection.phase === "connected";
    if (connected && !this.#wasConnected) this.#media?.wake();
    this.#wasConnected = connected;
    const before = this.#state.stage;
    if (!sameStage(before, stage)) this.#set({ stage });
    if (stage.name === "inside") this.#goInside(before.name !== "inside");
    if (stage.name === "over" && before.name !== "over") this.#onOver(stage.outcome);
  }

  async #learnBooked(): Promise<void> {
    try {
      this.#set({ booked: await this.#options.api.booked() });
    } catch {
      // Then only those who are here are shown.
    }
  }

  #goInside(justNow: boolean): void {
    this.#wasInside = true;
    if (justNow) this.#media?.wake();
    if (this.#mediaWanted) return;
    this.#mediaWanted = true;
    void this.#loadMedia();
  }

  async #loadMedia(): Promise<void> {
    const known = this.live.getState().known;
    const role = known === null ? undefined : me(known)?.role;
    try {
      const media = await this.#options.loadMedia({
        capture: this.capture,
        profile: this.#options.profile,
        mayPublish: role !== undefined && !onlyWatches(role),
      });
      if (this.#state.stage.name === "over") return;
      this.#media = media;
      media.subscribe(() => this.#set({ media: media.getState() }));
      media.connect(() => this.#options.api.joinToken());
    } catch {
      // The library could not be fetched; the next word of the live session tries again.
      this.#mediaWanted = false;
    }
  }

  #onOver(outcome: Outcome): void {
    this.capture.stop();
    void this.#media?.leave();
    if (outcome !== "outdated") this.#options.ready?.set(false);
  }

  #setReady(ready: boolean): void {
    this.#ready = ready;
    this.#options.ready?.set(ready);
    this.#onLive();
  }

  #set(change: Partial<VisitState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function sameStage(a: Stage, b: Stage): boolean {
  return a.name === b.name && (a.name !== "over" || b.name !== "over" || a.outcome === b.outcome);
}
