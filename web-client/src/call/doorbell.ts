/** Rings for everybody who comes to the door, but never more often than every ten seconds. */

const QUIET_MS = 10_000;

export class Doorbell {
  readonly #ring: () => void;
  #rangAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Somebody came. Rings now, or as soon as the pause is over. */
  press(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#rangAt + QUIET_MS - Date.now();
    if (wait <= 0) {
      this.#rings();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#rings();
    }, wait);
  }

  /** Nobody waits any more. */
  quiet(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #rings(): void {
    this.#rangAt = Date.now();
    this.#ring();
  }
}
