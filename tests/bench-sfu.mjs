// What forwarding costs: our server, Janus' VideoRoom on the same streams, and the floor that
// sealing and sending alone make, side by side in one run.
//
// The server has one core to itself and the load generator the other. Cost is CPU time of the
// whole server process by packet that arrived at a simulated participant. On loopback the kernel
// delivers within the sender's system call, so it counts to the server, for all three alike.
import { report } from "./figures.mjs";
import { loadOnItsCore, SERVER_CORE, startBega, startJanus } from "./servers.mjs";

// Frames of eight packets of 1,200 bytes: a frame of 2.5 Mbit/s at 30 frames a second.
const FRAME = ["--packets-per-frame", 8, "--packet-bytes", 1200];
// One publisher of 7.7 Mbit/s and fifty listeners: more than any camera sends, and little enough
// for Janus to forward on one core without loss.
const ROOM = ["--publishers", 1, "--listeners", 50, "--frames-per-second", 100, "--warm-up", 8, ...FRAME];
// So many of these rooms make half a million packets a second. One publisher of all that would be
// paused, and rightly: no estimate of anybody's link ever gets there.
const ROOMS = 12;
const TEN = ["--publishers", 10, "--frames-per-second", 30, "--audio", ...FRAME];
// 300 kbit/s of video at 15 frames a second, and sound.
const INTERVIEW = ["--publishers", 3, "--frames-per-second", 15, "--packets-per-frame", 3, "--packet-bytes", 830, "--audio"];
const IDLE = 500;

const bega = (...args) => against("bega", startBega, args);
const janus = (...args) => against("janus", startJanus, args);

const floor = await loadOnItsCore("floor", "--receivers", 50, ...FRAME);
const same = { bega: await bega(...ROOM), janus: await janus(...ROOM) };
const full = await bega("--rooms", ROOMS, ...ROOM);
const half = await bega("--rooms", ROOMS / 2, ...ROOM);
const ten = { bega: await bega(...TEN), janus: await janus(...TEN) };
const interviews = { bega: await bega("--rooms", 150, ...INTERVIEW), janus: await janus("--rooms", 20, ...INTERVIEW) };
// In rooms of two, connected, without any media.
const idle = await bega("--rooms", IDLE / 2, "--publishers", 0, "--listeners", 2, "--frames-per-second", 0);

const perCore = (measured) => Math.round(1e9 / measured.cpu_ns_per_packet);
const times = (a, b) => Number((a.cpu_ns_per_packet / b.cpu_ns_per_packet).toFixed(2));
const cost = (measured) => Math.round(measured.cpu_ns_per_packet);
const grown = ({ memory_kib, memory_kib_before }, count) => Math.round((memory_kib - memory_kib_before) / count);

report("sfu", [
  {
    figure: "sfu.packets_per_second_per_core.1x50", value: perCore(full), unit: "1/s", goal: 500_000, better: "higher",
    beside: { janus: perCore(same.janus), floor: perCore(floor), same_stream_as_janus: perCore(same.bega) },
  },
  { figure: "sfu.times_janus.1x50", value: times(same.janus, same.bega), unit: "1", goal: 5, better: "higher" },
  { figure: "sfu.times_floor_cost.1x50", value: times(full, floor), unit: "1", goal: 2, better: "lower" },
  { figure: "sfu.cpu_ns_per_packet.1x50", value: cost(full), unit: "ns", better: "lower", beside: { janus: cost(same.janus), floor: cost(floor) } },
  { figure: "sfu.packets_per_second.1x50", value: Math.round(full.packets_per_second), unit: "1/s", better: "higher", beside: { janus: Math.round(same.janus.packets_per_second) } },
  { figure: "sfu.lost_packets.1x50", value: full.lost, unit: "1", goal: 0, better: "lower", beside: { janus: same.janus.lost, half_load: half.lost } },
  { figure: "sfu.added_delay_ms.p50", value: half.delay_ms.p50, unit: "ms", goal: 0.3, better: "lower", beside: { janus: same.janus.delay_ms.p50, same_stream_as_janus: same.bega.delay_ms.p50 } },
  { figure: "sfu.added_delay_ms.p99", value: half.delay_ms.p99, unit: "ms", goal: 3, better: "lower", beside: { janus: same.janus.delay_ms.p99, same_stream_as_janus: same.bega.delay_ms.p99 } },
  { figure: "sfu.cpu_ns_per_packet.10x10", value: cost(ten.bega), unit: "ns", better: "lower", beside: { janus: cost(ten.janus) } },
  { figure: "sfu.lost_packets.10x10", value: ten.bega.lost, unit: "1", goal: 0, better: "lower", beside: { janus: ten.janus.lost } },
  { figure: "sfu.cpu_ns_per_packet.150x3", value: cost(interviews.bega), unit: "ns", better: "lower", beside: { janus_20x3: cost(interviews.janus) } },
  { figure: "sfu.core_share.150x3", value: Number(interviews.bega.server_cpu.toFixed(2)), unit: "1", better: "lower" },
  { figure: "sfu.lost_packets.150x3", value: interviews.bega.lost, unit: "1", goal: 0, better: "lower", beside: { janus_20x3: interviews.janus.lost } },
  { figure: "sfu.added_delay_ms.p99.150x3", value: interviews.bega.delay_ms.p99, unit: "ms", goal: 10, better: "lower", beside: { janus_20x3: interviews.janus.delay_ms.p99 } },
  { figure: "sfu.memory_kib_per_idle_peer", value: grown(idle, idle.transports), unit: "KiB", goal: 40, better: "lower" },
  { figure: "sfu.memory_kib_per_interview_peer", value: grown(interviews.bega, interviews.bega.people), unit: "KiB", goal: 300, better: "lower", beside: { janus: grown(interviews.janus, interviews.janus.people) } },
  { figure: "sfu.generator_core_share.1x50", value: Number(full.generator_cpu.toFixed(2)), unit: "1", better: "lower", beside: { cpu_ns_per_packet: Math.round(full.generator_ns_per_packet) } },
]);

async function against(sfu, start, args) {
  const server = await start({ core: SERVER_CORE });
  try {
    const measured = await loadOnItsCore("run", "--sfu", sfu, "--url", server.url, "--pid", server.child.pid, ...args);
    console.log(`${sfu} ${args.join(" ")}: ${JSON.stringify(measured)}`);
    return measured;
  } finally {
    await server.stop();
  }
}
