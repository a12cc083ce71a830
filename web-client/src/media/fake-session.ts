/** A media session without a network, for tests of what is built on it. */

import {
  IDLE,
  type MediaDoor,
  type MediaPerson,
  type MediaSession,
  type MediaState,
} from "./media-session";

export class FakeMediaSession implements MediaSession {
  readonly #listeners = new Set<() => void>();
  #state: MediaState = IDLE;
  #door: MediaDoor | null = null;
  wakes = 0;

  readonly getState = (): MediaState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  connect(door: MediaDoor): void {
    this.#door = door;
    this.set({ phase: "connecting" });
  }

  /** Goes through the door as a real one does; rejects when the door does. */
  async joins(others: readonly MediaPerson[] = []): Promise<void> {
    if (this.#door === null) throw new Error("connect was not called");
    await this.#door();
    this.set({ phase: "connected", others });
  }

  set(change: Partial<MediaState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  wake(): void {
    this.wakes += 1;
  }

  async allowPlayback(): Promise<void> {
    this.set({ playbackBlocked: false });
  }

  async setSpeaker(): Promise<void> {}

  async leave(): Promise<void> {
    this.set({ ...IDLE, phase: "left" });
  }
}
