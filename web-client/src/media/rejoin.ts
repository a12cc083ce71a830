/** Tries to join until it works, with growing pauses, and again whenever told that the join was lost. */

const FIRST_MS = 300;
const LAST_MS = 5_000;

export interface RejoinOptions {
  /** One attempt; rejects when it failed. */
  readonly attempt: () => Promise<void>;
  /** 0 to 1, spreads the attempts of many clients. */
  readonly random: () => number;
}

export class Rejoin {
  readonly #options: RejoinOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #again = false;
  #stopped = false;
  #failures = 0;

  constructor(options: RejoinOptions) {
    this.#options = options;
  }

  /** Starts at once; during an attempt, one more follows it if that one fails. */
  now(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running) {
      this.#again = true;
      return;
    }
    void this.#run();
  }

  /** Tries now if a pause is running; does nothing otherwise. */
  wake(): void {
    if (this.#timer !== undefined) this.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#again = false;
    try {
      await this.#options.attempt();
      this.#failures = 0;
    } catch {
      this.#failures += 1;
      if (!this.#again) this.#later();
    }
    this.#running = false;
    if (this.#again) this.now();
  }

  #later(): void {
    if (this.#stopped) return;
    const ceiling = Math.min(LAST_MS, FIRST_MS * 2 ** (this.#failures - 1));
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.now();
      },
      ceiling * (0.5 + this.#options.random() / 2),
    );
  }
}
