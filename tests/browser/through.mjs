// Runs inside a client's network namespace: two people meet in two browsers, and the time is taken
// until they see and hear each other again by the way that is left. Prints one JSON object.
//
//   node through.mjs URL chromium|firefox blocked|cut
//
// blocked: what is blocked was blocked before they came, and the time counts from the moment the
// officer lets the other in. cut: UDP is blocked during the call. Nobody does anything about it.
import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

import puppeteer from "puppeteer-core";

import { bookOverHttp } from "./http.mjs";
import { keepConnections, PATIENCE_MS } from "./received.mjs";

const ENOUGH = 5;

const [url, name, when] = process.argv.slice(2);

// One for each: a page behind another counts as unseen, and gets no pictures.
const browsers = await Promise.all([launch(name, url), launch(name, url)]);
try {
  const { officer, admit, interpreter } = await meet();
  const people = [officer, interpreter];
  let since = Date.now();
  await admit();
  let seconds = await untilAllFlow(people, since);
  const before = await ways(people);
  if (when === "cut") {
    since = Date.now();
    cutUdp();
    // What was on its way has arrived by then.
    await delay(200);
    seconds = await untilAllFlow(people, since);
  }
  console.log(JSON.stringify({ seconds, before, ways: await ways(people) }));
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
}

function cutUdp() {
  const nft = (...rule) => execFileSync("nft", rule);
  nft("add", "table", "inet", "cut");
  for (const hook of ["input", "output"]) {
    nft("add", "chain", "inet", "cut", hook, `{ type filter hook ${hook} priority 0; }`);
    nft("add", "rule", "inet", "cut", hook, "meta", "l4proto", "udp", "drop");
  }
}

function launch(which, origin) {
  const common = { headless: true, acceptInsecureCerts: true };
  if (which === "firefox") {
    return puppeteer.launch({
      ...common,
      browser: "firefox",
      executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
      extraPrefsFirefox: {
        "media.navigator.streams.fake": true,
        "media.navigator.permission.disabled": true,
        "media.peerconnection.ice.obfuscate_host_addresses": false,
        "media.autoplay.default": 0,
        // The server of the test has no certificate.
        "media.devices.insecure.enabled": true,
        "media.getusermedia.insecure.enabled": true,
        "intl.accept_languages": "en-GB",
      },
    });
  }
  return puppeteer.launch({
    ...common,
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream=fps=10",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      `--unsafely-treat-insecure-origin-as-secure=${origin}`,
      // The relay's certificate is its own.
      "--ignore-certificate-errors",
      "--lang=en-GB",
    ],
  });
}

/** An officer inside, and an interpreter before the door. */
async function meet() {
  const { links, session } = await bookOverHttp(url, {
    email: "coordinator@ind.example",
    room: "Room 1",
    lead: "Jeroen Bakker",
    interpreter: "Selam Tesfay",
    language: "ti",
  });
  const open = async (browser, address) => {
    const [page] = await browser.pages();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.evaluateOnNewDocument(keepConnections);
    await page.goto(address);
    return page;
  };
  const press = async (page, selector) => {
    const element = await page.waitForSelector(selector, { visible: true });
    await element.click();
  };

  /** On a busy machine a button may be there before what listens to it. */
  const enter = async (page) => {
    const button = '[data-testid="enter"]';
    for (let tries = 0; tries < 5; tries += 1) {
      await press(page, button);
      const gone = page.waitForSelector(button, { hidden: true, timeout: 5_000 });
      if (await gone.then(() => true, () => false)) return;
    }
    throw new Error("the green room does not let anybody go on");
  };

  const interpreter = await open(browsers[0], links.interpreter);
  await enter(interpreter);
  const officer = await open(browsers[1], url);
  await (await officer.waitForSelector('input[name="email"]')).type("officer@ind.example");
  await (await officer.waitForSelector('input[name="password"]')).type("timisoara-2011");
  await officer.keyboard.press("Enter");
  await officer.waitForSelector('main a[href$="/join"]');
  await officer.goto(`${url}/sessions/${session}/join`);
  await enter(officer);
  return { officer, interpreter, admit: () => press(officer, '[data-testid="door"] button') };
}

/** Seconds until everybody has new pictures and new sound of one other. */
async function untilAllFlow(people, since) {
  const ends = people.map(async (page) => {
    const before = await counts(page);
    for (;;) {
      const now = await counts(page);
      // A few, because one may have waited in a buffer.
      const flowing = ["video", "audio"].every((kind) =>
        Object.entries(now[kind]).some(([track, sum]) => sum >= (before[kind][track] ?? 0) + ENOUGH),
      );
      if (flowing) return;
      if (Date.now() - since > PATIENCE_MS) throw new Error(`nothing flows: ${JSON.stringify({ before, now })}`);
      await delay(50);
    }
  });
  await Promise.all(ends);
  return (Date.now() - since) / 1000;
}

/** Pictures decoded and packets of sound so far, by track. */
function counts(page) {
  return page.evaluate(async () => {
    const sums = { video: {}, audio: {} };
    for (const [number, connection] of window.connections.entries()) {
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type !== "inbound-rtp") continue;
        sums[entry.kind][`${number} ${entry.id}`] = (entry.kind === "video" ? entry.framesDecoded : entry.packetsReceived) ?? 0;
      }
    }
    return sums;
  });
}

/** By what the connections of each page go: "udp", "tcp", or such as "relay by tls". */
async function ways(people) {
  const all = people.map((page) =>
    page.evaluate(async () => {
      const found = [];
      for (const connection of window.connections) {
        if (connection.connectionState !== "connected") continue;
        const stats = [...(await connection.getStats()).values()];
        const byId = (id) => stats.find((entry) => entry.id === id);
        const chosen = stats.find((entry) => entry.type === "transport")?.selectedCandidatePairId;
        const pair =
          byId(chosen) ?? stats.find((entry) => entry.type === "candidate-pair" && entry.selected);
        const local = byId(pair?.localCandidateId);
        if (local) found.push(local.candidateType === "relay" ? `relay by ${local.relayProtocol}` : local.protocol);
      }
      return found.sort();
    }),
  );
  return Promise.all(all);
}
