// Two people in a room of a server, one of them behind a link that can be made bad.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { launchChromium } from "./browsers.mjs";
import { Network } from "./namespaces.mjs";
import { startServer, token } from "./server.mjs";

const ROOM_ADDRESS = "198.51.100.11";
const OFFICER_ADDRESS = "198.51.100.12";

/** A perfect link. */
export const CLEAN = { delayMs: 0 };

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** The rig's sources, made once by tests/rig/run. */
export const sources = (pictures = "360p") => ({
  speech: `${process.env.BEGA_RIG_SOURCES}/speech.wav`,
  pictures: `${process.env.BEGA_RIG_SOURCES}/pictures-${pictures}.mjpeg`,
});

/** Server, namespaces and browsers; `room` is behind the link, `officer` is not. */
export class Scene {
  #meetings = 0;
  #open = [];

  static async make({ pictures = "360p" } = {}) {
    const scene = new Scene();
    scene.network = new Network();
    try {
      const { namespace, link } = await scene.network.link("room", ROOM_ADDRESS);
      scene.roomNamespace = namespace;
      scene.link = link;
      const officer = scene.network.cable("officer", OFFICER_ADDRESS);
      scene.server = await startServer(scene.network);
      scene.browsers = {
        room: await launchChromium(namespace, { sources: sources(pictures) }),
        officer: await launchChromium(officer, { sources: sources(pictures) }),
      };
    } catch (error) {
      await scene.remove().catch(() => {});
      throw error;
    }
    return scene;
  }

  /** Both join a new room over a clean link; `room` and `officer` say what each publishes. */
  async meet({ room, officer, record = true }) {
    await this.part();
    this.#meetings += 1;
    this.link.both(CLEAN);
    const name = `rig-${this.#meetings}`;
    const publish = { room, officer };
    const people = {};
    for (const who of ["room", "officer"]) {
      const opened = await this.browsers[who].open();
      this.#open.push(opened);
      people[who] = opened.page;
    }
    await Promise.all(
      Object.entries(people).map(([who, page]) =>
        page.evaluate((options) => rig.join(options), {
          url: this.server.url,
          token: token(name, who),
          record,
          ...publish[who],
        }),
      ),
    );
    return people;
  }

  /** Ends the meeting. */
  async part() {
    this.link.both(CLEAN);
    for (const opened of this.#open.splice(0)) await opened.close();
  }

  async remove() {
    for (const browser of Object.values(this.browsers ?? {})) await browser.close();
    await this.server?.stop();
    await this.network.remove();
  }
}

/** What was measured at both ends during a window of time. */
export async function measure(people, link, windowMs) {
  const all = (act) => Promise.all(Object.values(people).map(act));
  const forget = (page) =>
    page.evaluate(() => {
      rig.takeSamples();
      rig.takeEvents();
      rig.takeSound("spoken");
      rig.takeSound("heard");
    });
  await all(forget);
  const from = Date.now();
  await pause(windowMs);
  const to = Date.now();
  const [room, officer] = await all((page) =>
    page.evaluate(() => ({
      samples: rig.takeSamples(),
      events: rig.takeEvents(),
      spoken: rig.takeSound("spoken"),
      heard: rig.takeSound("heard"),
    })),
  );
  return { from, to, room, officer, link: link.reports(from, to) };
}

/** Counters of one kind over the samples of a window. */
export function summary(samples, kind, from, to) {
  const seen = samples.filter((sample) => sample[kind]);
  if (seen.length < 2) return undefined;
  const first = seen[0];
  const last = seen.at(-1);
  const grown = (name) => (last[kind][name] ?? 0) - (first[kind][name] ?? 0);
  const seconds = (last.at - first.at) / 1000;
  const share = (part, whole) => (whole > 0 ? part / whole : 0);
  const common = {
    kbit: (grown("bytesReceived") * 8) / 1000 / seconds,
    lost: share(grown("packetsLost"), grown("packetsReceived") + grown("packetsLost")),
    jitterBufferMs: share(grown("jitterBufferDelay") * 1000, grown("jitterBufferEmittedCount")),
    nacks: grown("nackCount"),
    retransmitted: grown("retransmittedPacketsReceived"),
  };
  if (kind === "audio") {
    return { ...common, concealed: share(grown("concealedSamples"), grown("totalSamplesReceived")) };
  }
  return {
    ...common,
    framesPerSecond: grown("framesDecoded") / seconds,
    frozen: frozen(seen, to - from),
    freezes: grown("freezeCount"),
    plis: grown("pliCount"),
    keyframes: grown("keyFramesDecoded"),
    width: last.video.frameWidth,
  };
}

/** A freeze that still lasts is in no counter yet. */
const STILL_MS = 600;

/** Share of the window in which the picture stood still. */
function frozen(seen, windowMs) {
  const last = seen.at(-1);
  let stillSince = last.at;
  for (const sample of seen.toReversed()) {
    if (sample.video.framesDecoded !== last.video.framesDecoded) break;
    stillSince = sample.at;
  }
  const open = last.at - stillSince;
  const counted = (last.video.totalFreezesDuration - seen[0].video.totalFreezesDuration) * 1000;
  return Math.min(1, (counted + (open > STILL_MS ? open : 0)) / windowMs);
}

/** The scorer of speech: a Python program that answers line by line. */
export class Scorer {
  constructor() {
    const program = new URL("score.py", import.meta.url).pathname;
    this.process = spawn(process.env.BEGA_RIG_PYTHON, [program, sources().speech], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.answers = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** How intelligible, and how late, what one page spoke was heard by another. */
  async score(spoken, heard) {
    if (!spoken || !heard) return { stoi: 0, delayMs: null, segments: [] };
    this.process.stdin.write(`${JSON.stringify({ spoken, heard })}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error("the scorer ended");
    return JSON.parse(value);
  }

  close() {
    this.process.stdin.end();
  }
}
