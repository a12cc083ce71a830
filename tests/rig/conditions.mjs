// The links that quality is measured on. Each is the same in both directions.

/** A centre's usual line: 60 ms there and back, a little uneven. */
const FAR = { delayMs: 30, jitterMs: 5 };

/** Every tenth packet lost, five at a time. */
export const BURSTS = { ...FAR, lossInBurst: 1, burstEnds: 0.2, burstBegins: 0.2 / 9 };

/** Packets lost by chance alone. */
export const loss = (share) => ({ ...FAR, loss: share });

/** A thin line with a router that keeps 300 ms waiting. */
export const thin = (rateKbit) => ({ delayMs: 40, rateKbit, queueMs: 300 });

/** A line with a router that keeps far too much waiting, as most do. */
export const bloated = (rateKbit) => ({ delayMs: 40, rateKbit, queueMs: 1_000 });
