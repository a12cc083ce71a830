// Hostile traffic while ten sessions of three people run: rubbish from strangers, spoiled copies of
// real packets from the participants' own addresses, and receivers that ask for everything.
//
// BEGA_TEST_FULL=1: 50,000 bad datagrams a second for a minute instead of 10,000 for ten seconds.
import { report } from "./figures.mjs";
import { load, startBega } from "./servers.mjs";

const full = Boolean(process.env.BEGA_TEST_FULL);
const server = await startBega({ workers: 1 });
try {
  const measured = await load(
    "abuse", "--url", server.url, "--pid", server.child.pid, "--media", `127.0.0.1:${server.media}`,
    "--rate", full ? 50_000 : 10_000, "--seconds", full ? 60 : 10,
  );
  console.log(JSON.stringify(measured));
  const metrics = await (await fetch(`${server.http}/metrics`)).text();
  const percent = (part, whole) => Number(((100 * part) / Math.max(1, whole)).toFixed(3));
  report("abuse", [
    { figure: "abuse.panics", value: sum(metrics, "bega_media_panics"), unit: "1", goal: 0, better: "lower" },
    { figure: "abuse.sessions_dropped", value: measured.dropped, unit: "1", goal: 0, better: "lower" },
    { figure: "abuse.silent_streams", value: measured.silent_streams, unit: "1", goal: 0, better: "lower" },
    { figure: "abuse.audio_lost_percent", value: percent(measured.audio_lost, measured.audio_expected), unit: "%", goal: 1, better: "lower" },
    { figure: "abuse.packets_lost_percent", value: percent(measured.lost, measured.expected), unit: "%", better: "lower" },
    { figure: "abuse.keyframe_requests_per_second", value: Number(measured.keyframe_requests_per_second.toFixed(2)), unit: "1/s", goal: 2, better: "lower" },
    { figure: "abuse.memory_growth_kib", value: measured.memory_kib - measured.memory_kib_before, unit: "KiB", better: "lower" },
    { figure: "abuse.datagrams_per_second", value: Math.round(measured.bad_datagrams / measured.seconds), unit: "1/s", better: "higher" },
  ]);
} finally {
  await server.stop();
}

/** All values of one metric. */
function sum(metrics, name) {
  const lines = metrics.split("\n").filter((line) => line.startsWith(name));
  return lines.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
}
