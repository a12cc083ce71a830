// How soon people hear one another again: the browsers' half of `make bench SUITE=recovery`.
//
// Ten seconds without any network, and a network that lets no UDP through. Nobody clicks anything.
import { quantile, report } from "../figures.mjs";
import { launchFirefox } from "./browsers.mjs";
import { CLEAN, pause, Scene } from "./scene.mjs";
import { token } from "./server.mjs";

const RUNS = Number(process.env.BEGA_RUNS || 3);
const PEOPLE = { audio: true, video: { width: 640, height: 360 } };
const FIREFOX_ADDRESS = "198.51.100.13";
const OUTAGE_MS = 10_000;
/** Longer than this is never, for the figure. */
const PATIENCE_MS = 30_000;

const figures = [];
const scene = await Scene.make();
try {
  await outage();
  await withoutUdp("chromium", scene.browsers.room, scene.roomNamespace);
  const namespace = scene.network.cable("firefox", FIREFOX_ADDRESS);
  await withoutUdp("firefox", undefined, namespace);
} finally {
  await scene.remove();
}
report("recovery", figures, { keepOthers: true });

/** The room loses its network, and gets it back. */
async function outage() {
  const times = { from_room: [], to_room: [] };
  for (let run = 0; run < RUNS; run += 1) {
    const { room, officer } = await scene.meet({ room: PEOPLE, officer: PEOPLE, record: false });
    await pause(5_000);
    scene.link.both({ loss: 1 });
    await pause(OUTAGE_MS);
    for (const page of [room, officer]) await page.evaluate(() => rig.takeSamples().length);
    const back = Date.now();
    scene.link.both(CLEAN);
    times.from_room.push(await heardAfter(officer, back));
    times.to_room.push(await heardAfter(room, back));
    for (const page of [room, officer]) {
      console.log("outage", JSON.stringify(await page.evaluate(() => rig.takeEvents())));
    }
  }
  for (const [way, took] of Object.entries(times)) {
    figure(`outage_10s.audio_back_s.${way}`, quantile(took, 0.5), 2);
  }
}

/** Somebody joins from where no UDP passes. */
async function withoutUdp(name, browser, namespace) {
  const times = { from_room: [], to_room: [] };
  for (let run = 0; run < RUNS; run += 1) {
    scene.network.blockUdp(namespace);
    const officer = await scene.browsers.officer.open();
    const room = browser ? await browser.open() : await launchFirefox(scene.network, namespace);
    const page = room.page ?? room;
    const enter = (who, identity) =>
      who.evaluate((options) => globalThis.rig.join(options), {
        url: scene.server.url,
        token: token(`no-udp-${name}-${run}`, identity),
        ...PEOPLE,
      });
    await enter(officer.page, "officer");
    const began = Date.now();
    const entered = enter(page, "room").catch((error) => console.log(`${name} without UDP: ${error.message}`));
    const [from, to] = await Promise.all([heardAfter(officer.page, began), entered.then(() => heardAfter(page, began))]);
    times.from_room.push(from);
    times.to_room.push(to);
    console.log(`${name} without UDP`, from, to, JSON.stringify(await page.evaluate(() => globalThis.rig.paths())));
    await officer.close();
    await room.close();
    scene.network.blockUdp(namespace, false);
  }
  for (const [way, took] of Object.entries(times)) {
    figure(`no_udp.${name}.audio_s.${way}`, quantile(took, 0.5), 5);
  }
}

/** Seconds from an instant until a page plays sound that it received. */
async function heardAfter(page, since) {
  const samples = [];
  while (Date.now() < since + PATIENCE_MS) {
    samples.push(...(await page.evaluate(() => globalThis.rig.takeSamples())));
    for (let i = 1; i < samples.length; i += 1) {
      const [before, after] = [samples[i - 1].audio, samples[i].audio];
      if (!after || samples[i].at < since) continue;
      // A stream that is new begins its counters anew.
      const grown = (name) => after[name] - (after[name] >= (before?.[name] ?? 0) ? (before?.[name] ?? 0) : 0);
      const played = grown("totalSamplesReceived");
      if (played > 0 && grown("packetsReceived") > 0 && grown("concealedSamples") < played / 2) {
        return (samples[i].at - since) / 1000;
      }
    }
    samples.splice(0, samples.length - 1);
    await pause(100);
  }
  return PATIENCE_MS / 1000;
}

function figure(name, value, goal) {
  figures.push({ figure: `recovery.${name}`, value: Math.round(value * 100) / 100, unit: "s", goal, better: "lower" });
}
