/**
 * The life of a room's device, without React: pairing, idle, a session, and back to idle.
 *
 * Nobody stands beside it, so every failure is tried again: without a network it keeps asking, and
 * a device that was revoked shows a new code.
 */

import type { DeviceNow, DeviceSession, Me, Pairing, RoomRef } from "../api/types";

export type DeviceState =
  | { readonly name: "starting" }
  /** The server was not reached; it is tried again. */
  | { readonly name: "unreachable" }
  | { readonly name: "pairing"; readonly code: string }
  | { readonly name: "idle"; readonly room: RoomRef; readonly next: DeviceSession | null }
  | {
      readonly name: "session";
      readonly sessionId: string;
      readonly room: RoomRef | null;
      readonly next: DeviceSession | null;
    }
  /** Opened by a link that is used up or whose session is over. */
  | { readonly name: "link_closed" };

/** What the device asks the server. A rejection with `unauthorised` means: not paired, or no longer. */
export interface DeviceServer {
  me(): Promise<Me>;
  exchange(secret: string): Promise<Me>;
  pair(): Promise<Pairing>;
  /** Null while nobody has confirmed the code. */
  claim(pairing: Pairing): Promise<Me | null>;
  now(): Promise<DeviceNow>;
}

/** Why a request failed, as far as the device cares. */
export type Refusal = "unauthorised" | "unreachable";

export interface DeviceOptions {
  readonly server: DeviceServer;
  readonly refusalOf: (error: unknown) => Refusal;
  readonly now: () => number;
}

/** The room is opened this long before the planned start. */
const OPEN_BEFORE_MS = 15 * 60_000;
const ASK_EVERY_MS = 5_000;
const CLAIM_EVERY_MS = 2_000;
const RETRY_MS = 3_000;

export class Device {
  readonly #options: DeviceOptions;
  readonly #listeners = new Set<() => void>();
  /** Sessions that are over for this device. */
  readonly #done = new Set<string>();
  #state: DeviceState = { name: "starting" };
  #room: RoomRef | null = null;
  #byLink = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  readonly getState = (): DeviceState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** With the secret of a room's link, leads straight to that session. */
  start(secret: string | null): void {
    this.#stopped = false;
    void (secret === null ? this.#whoAmI() : this.#exchange(secret));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The session's last screen is over: back to idle. `again` allows the same session once more. */
  finished(sessionId: string, again: boolean): void {
    if (!again) this.#done.add(sessionId);
    if (this.#byLink && !again) {
      this.#set({ name: "link_closed" });
      return;
    }
    this.#set({ name: "starting" });
    void (this.#byLink ? this.#whoAmI() : this.#ask());
  }

  async #whoAmI(): Promise<void> {
    try {
      this.#known(await this.#options.server.me());
    } catch (error) {
      this.#refused(error, () => this.#whoAmI());
    }
  }

  async #exchange(secret: string): Promise<void> {
    try {
      this.#known(await this.#options.server.exchange(secret));
    } catch (error) {
      if (this.#options.refusalOf(error) === "unauthorised") this.#set({ name: "link_closed" });
      else this.#unreachable(() => this.#exchange(secret));
    }
  }

  #known(who: Me): void {
    this.#room = who.room ?? null;
    const { sessionId } = who;
    if (who.kind === "guest" && sessionId !== null && sessionId !== undefined) {
      this.#byLink = true;
      this.#set({ name: "session", sessionId, room: this.#room, next: null });
    } else if (who.kind === "device") {
      void this.#ask();
    } else {
      void this.#pair(); // a member of staff opened the page: this browser is to become a device
    }
  }

  async #pair(): Promise<void> {
    try {
      const pairing = await this.#options.server.pair();
      this.#set({ name: "pairing", code: pairing.code });
      this.#later(CLAIM_EVERY_MS, () => this.#claim(pairing));
    } catch {
      this.#unreachable(() => this.#pair());
    }
  }

  async #claim(pairing: Pairing): Promise<void> {
    if (this.#options.now() >= Date.parse(pairing.expiresAt)) return this.#pair();
    try {
      const who = await this.#options.server.claim(pairing);
      if (who !== null) {
        this.#known(who);
        return;
      }
    } catch (error) {
      // Expired or unknown: a new code. Without a network the code on the screen stays.
      if (this.#options.refusalOf(error) === "unauthorised") return this.#pair();
    }
    this.#later(CLAIM_EVERY_MS, () => this.#claim(pairing));
  }

  async #ask(): Promise<void> {
    try {
      const { room, session } = await this.#options.server.now();
      this.#room = room;
      const next = session ?? null;
      if (next !== null && this.#opens(next)) {
        this.#set({ name: "session", sessionId: next.id, room, next });
        return; // asked again when the session is over
      }
      this.#set({
        name: "idle",
        room,
        next: next !== null && this.#done.has(next.id) ? null : next,
      });
      this.#later(ASK_EVERY_MS, () => this.#ask());
    } catch (error) {
      this.#refused(error, () => this.#ask());
    }
  }

  #opens(session: DeviceSession): boolean {
    if (this.#done.has(session.id)) return false;
    const early = Date.parse(session.startsAt) - OPEN_BEFORE_MS > this.#options.now();
    return session.state === "live" || (session.state === "planned" && !early);
  }

  #refused(error: unknown, again: () => Promise<void>): void {
    if (this.#options.refusalOf(error) === "unauthorised") void this.#pair();
    else this.#unreachable(again);
  }

  /** An idle screen stays as it is; only a device that knows nothing yet says that it is waiting. */
  #unreachable(again: () => Promise<void>): void {
    if (this.#state.name === "starting") this.#set({ name: "unreachable" });
    this.#later(RETRY_MS, again);
  }

  #later(ms: number, run: () => Promise<void>): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void run(), ms);
  }

  #set(state: DeviceState): void {
    if (this.#stopped || same(this.#state, state)) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

const same = (a: DeviceState, b: DeviceState): boolean => JSON.stringify(a) === JSON.stringify(b);
