// How soon people see and hear one another where UDP is blocked: figures of `make bench SUITE=recovery`.
//
// From the moment the officer lets the other in, with the product's own pages, to the fifth picture and
// packet of sound at both. And how soon again, when UDP is blocked during a call.
import { quantile, report } from "../figures.mjs";
import { Ways } from "./ways.mjs";

const RUNS = Number(process.env.BEGA_RUNS || 3);
const GOAL_S = 5;
/** For the figure, longer is never. */
const NEVER_S = 60;

const ways = new Ways();
const figures = [];
try {
  for (const browser of ["chromium", "firefox"]) {
    await figure(`udp_blocked_seconds.${browser}`, () =>
      ways.through(browser, "blocked", { spoil: (client) => ways.blockUdp(client) }),
    );
    await figure(`udp_cut_seconds.${browser}`, () => ways.through(browser, "cut"));
  }
} finally {
  await ways.remove();
}
report("recovery", figures, { keepOthers: true });

async function figure(name, measure) {
  const taken = [];
  for (let run = 0; run < RUNS; run += 1) {
    // A browser that never comes back is the slowest of all, and the figure says so.
    taken.push(await measure().then(({ seconds }) => seconds, () => Infinity));
  }
  const value = Math.min(quantile(taken, 0.5), NEVER_S);
  figures.push({ figure: `recovery.${name}`, value, unit: "s", goal: GOAL_S, better: "lower" });
}
