/**
 * Judges a link from two samples of its counters, seconds apart. Nothing is shown to people while
 * it is good, so the limits are those where speech starts to suffer.
 */

import type { LinkQuality } from "./media-session";

/** Counters of one direction since the beginning. */
export interface LinkSample {
  readonly atMs: number;
  readonly packets: number;
  readonly lost: number;
  /** Seconds, when known. */
  readonly roundTrip: number | null;
}

const STALLED_AFTER_MS = 3_000;
const WEAK_LOSS = 0.08;
const WEAK_ROUND_TRIP_S = 0.6;

/** `expected`: packets should be flowing, so silence means a stall. */
export function judge(before: LinkSample | null, now: LinkSample, expected: boolean): LinkQuality {
  if (before === null || now.atMs <= before.atMs) return "unknown";
  const packets = now.packets - before.packets;
  const lost = Math.max(0, now.lost - before.lost);
  if (packets <= 0) {
    const quiet = now.atMs - before.atMs >= STALLED_AFTER_MS;
    return expected && quiet ? "stalled" : "unknown";
  }
  if (lost / (packets + lost) > WEAK_LOSS) return "weak";
  if (now.roundTrip !== null && now.roundTrip > WEAK_ROUND_TRIP_S) return "weak";
  return "good";
}

/** A short dip is not worth a warning: bad news must hold for two judgements, good news for two as well. */
export class SteadyQuality {
  #shown: LinkQuality = "unknown";
  #candidate: LinkQuality = "unknown";

  get shown(): LinkQuality {
    return this.#shown;
  }

  update(judged: LinkQuality): LinkQuality {
    if (judged === "unknown") return this.#shown;
    if (this.#shown === "unknown" && judged === "good") this.#shown = "good";
    else if (judged === this.#candidate) this.#shown = judged;
    this.#candidate = judged;
    return this.#shown;
  }
}
