// What is heard and seen over bad links, in real browsers: `make bench SUITE=quality`.
//
// Chromium in the room and Chromium at the officer's talk through the server, each hearing the same
// speech; what was heard is laid beside what was spoken. "from_room" is over the room's uplink,
// "to_room" over its downlink. Speech is measured without pictures where only loss is at stake: a
// burst of packets is then all speech, which is the harder case, and the browsers leave the
// processor alone.
//
//   BEGA_RUNS=1                       one window instead of the median of five
//   BEGA_CONDITIONS="loss-20 fall"    some conditions; their figures replace those of the last run
import { quantile, report } from "../figures.mjs";
import { bloated, BURSTS, loss, thin } from "./conditions.mjs";
import { measure, pause, Scene, Scorer, summary } from "./scene.mjs";

const RUNS = Number(process.env.BEGA_RUNS || 5);
/** Five segments of the scorer, and a little. */
const SPEECH_MS = 12_600;
const PICTURES_MS = RUNS < 5 ? 20_000 : 40_000;
/** Jitter buffers and encoders find their measure on a new link. */
const SETTLE_MS = 4_000;
const SETTLE_THIN_MS = 12_000;

const SOUND = { audio: true };
const SMALL = { audio: true, video: { width: 640, height: 360 } };
const LARGE = { audio: true, video: { width: 1280, height: 720 } };

/** Whose sound and pictures, over which direction of the room's link. */
const WAYS = [
  { way: "from_room", talker: "room", listener: "officer", lane: "up" },
  { way: "to_room", talker: "officer", listener: "room", lane: "down" },
];

const CONDITIONS = {
  "loss-5": (scene) => underLoss(scene, "loss_5", loss(0.05), { stoi: 0.97, frozen: 0.01 }),
  "loss-10": (scene) => underLoss(scene, "loss_10", loss(0.1), { stoi: 0.95, frozen: 0.03 }),
  "loss-20": (scene) => underLoss(scene, "loss_20", loss(0.2), { stoi: 0.93, frozen: 0.08 }),
  "loss-30": (scene) => underLoss(scene, "loss_30", loss(0.3), { stoi: 0.9 }),
  bursts: (scene) => underLoss(scene, "bursts_10", BURSTS, { stoi: 0.9, frozen: 0.04 }),
  "thin-300": (scene) => onThinLine(scene, "thin_300", 300, { stoi: 0.97, delayMs: 400, framesPerSecond: 10 }),
  "thin-100": (scene) => onThinLine(scene, "thin_100", 100, { stoi: 0.95, videoOff: true }),
  fall: fall,
};

const asked = process.env.BEGA_CONDITIONS?.split(/\s+/).filter(Boolean) ?? Object.keys(CONDITIONS);
const unknown = asked.find((name) => !CONDITIONS[name]);
if (unknown) throw new Error(`no condition ${unknown}; there are: ${Object.keys(CONDITIONS).join(", ")}`);

const figures = [];
const scorer = new Scorer();
let scene;
try {
  for (const name of asked.filter((name) => name !== "fall")) {
    scene ??= await Scene.make();
    console.log(`== ${name}`);
    await CONDITIONS[name](scene);
  }
  await scene?.remove();
  scene = undefined;
  if (asked.includes("fall")) {
    // Pictures large enough to fill the wide link.
    scene = await Scene.make({ pictures: "720p" });
    console.log("== fall");
    await fall(scene);
  }
} finally {
  scorer.close();
  await scene?.remove();
}
report("quality", figures, { keepOthers: true });

/** Speech under loss, and then pictures where there is a goal for them. */
async function underLoss(scene, name, link, goals) {
  const talking = await scene.meet({ room: SOUND, officer: SOUND });
  await hear(scene, talking, name, link, { settleMs: SETTLE_MS, goals });
  if (goals.frozen === undefined) return;

  const people = await scene.meet({ room: SMALL, officer: SMALL, record: false });
  await pause(SETTLE_THIN_MS);
  scene.link.both(link, 1);
  await pause(SETTLE_MS);
  const measured = await measure(people, scene.link, PICTURES_MS);
  for (const { way, listener } of WAYS) {
    const video = summary(measured[listener].samples, "video", measured.from, measured.to);
    tell(way, video);
    figure(`${name}.frozen.${way}`, video?.frozen ?? 1, "share", "lower", goals.frozen);
    figure(`${name}.frames_per_second.${way}`, video?.framesPerSecond ?? 0, "1/s", "higher");
  }
}

/** Speech and pictures on a line that carries little. */
async function onThinLine(scene, name, rateKbit, goals) {
  const people = await scene.meet({ room: SMALL, officer: SMALL });
  const windows = await hear(scene, people, name, thin(rateKbit), { settleMs: SETTLE_THIN_MS, goals });
  for (const { way, listener, lane } of WAYS) {
    const video = windows.map(({ [listener]: { samples }, from, to }) => summary(samples, "video", from, to));
    const rate = quantile(video.map((seen) => seen?.framesPerSecond ?? 0), 0.5);
    const kbit = quantile(video.map((seen) => seen?.kbit ?? 0), 0.5);
    const queue = quantile(windows.flatMap(({ link }) => link.map((told) => told[lane].queueMs)), 0.95);
    if (goals.framesPerSecond) {
      figure(`${name}.frames_per_second.${way}`, rate, "1/s", "higher", goals.framesPerSecond);
    }
    // What a room sends is its browser's to decide; what it is sent is ours.
    if (goals.videoOff) figure(`${name}.video_kbit.${way}`, kbit, "kbit/s", "lower", way === "to_room" ? 1 : undefined);
    figure(`${name}.queue_ms.${way}`, queue, "ms", "lower");
  }
}

/** How well each hears the other, window after window, each with chances of its own. */
async function hear(scene, people, name, link, { settleMs, goals }) {
  await pause(2_000);
  scene.link.both(link, 100);
  await pause(settleMs);
  const windows = [];
  const scores = { from_room: [], to_room: [] };
  for (let run = 1; run <= RUNS; run += 1) {
    scene.link.both(link, run);
    const measured = await measure(people, scene.link, SPEECH_MS);
    windows.push(measured);
    for (const { way, talker, listener } of WAYS) {
      const score = await scorer.score(measured[talker].spoken, measured[listener].heard);
      const sound = summary(measured[listener].samples, "audio", measured.from, measured.to);
      scores[way].push({ ...score, concealed: sound?.concealed ?? 1 });
      tell(way, { ...score, ...sound, video: summary(measured[listener].samples, "video", measured.from, measured.to) });
    }
  }
  for (const { way } of WAYS) {
    const median = (pick) => quantile(scores[way].map(pick), 0.5);
    figure(`${name}.stoi.${way}`, median(({ stoi }) => stoi), "1", "higher", goals.stoi);
    figure(`${name}.concealed.${way}`, median(({ concealed }) => concealed), "share", "lower");
    figure(`${name}.delay_ms.${way}`, median(({ delayMs }) => delayMs ?? 9_999), "ms", "lower", goals.delayMs);
  }
  return windows;
}

/** The link falls from 2 Mbit/s to 300 kbit/s and recovers, with one side's pictures at a time. */
async function fall(scene) {
  const [WIDE, NARROW] = [bloated(2_000), bloated(300)];
  const [FALLEN_MS, RISING_MS, BEFORE_MS] = [15_000, 30_000, 8_000];
  for (const { way, talker, listener, lane } of WAYS) {
    const people = await scene.meet({ [talker]: LARGE, [listener]: SOUND, record: false });
    scene.link.both(WIDE, 1);
    await pause(30_000);
    const fell = Date.now();
    scene.link.both(NARROW);
    await pause(FALLEN_MS);
    const rose = Date.now();
    scene.link.both(WIDE);
    await pause(RISING_MS);

    const kbit = (from, to) =>
      (scene.link.reports(from, to).reduce((sum, told) => sum + told[lane].bytes, 0) * 8) / (to - from);
    const before = kbit(fell - BEFORE_MS, fell);
    const late = scene.link.reports(fell, rose).filter((told) => told[lane].queueMs > 500).at(-1);
    const seconds = Array.from({ length: RISING_MS / 500 - 3 }, (_, i) => 2 + i / 2);
    const back = seconds.find((second) => kbit(rose + (second - 2) * 1000, rose + second * 1000) >= 0.8 * before);
    tell(way, {
      before,
      kbit: seconds.map((second) => Math.round(kbit(rose + (second - 2) * 1000, rose + second * 1000))),
      queue: scene.link.reports(fell, rose).map((told) => Math.round(told[lane].queueMs)),
      events: (await people[listener].evaluate(() => rig.takeEvents())).map(({ what }) => what),
    });
    figure(`fall.kbit_before.${way}`, before, "kbit/s", "higher");
    figure(`fall.queue_settled_s.${way}`, late ? (late.atMs - fell) / 1000 : 0, "s", "lower", 3);
    figure(`fall.recovered_s.${way}`, back ?? RISING_MS / 1000, "s", "lower", 20);
  }
}

function figure(name, value, unit, better, goal) {
  figures.push({ figure: `quality.${name}`, value: round(value), unit, ...(goal !== undefined && { goal }), better });
}

function tell(way, what) {
  console.log(way, JSON.stringify(what, (_, value) => (typeof value === "number" ? round(value) : value)));
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
