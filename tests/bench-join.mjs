// How long a join takes: from opening the media WebSocket to the first decoded video frame.
//
// One Chromium tab publishes a fake camera with simulcast; another joins, waits for a frame to be
// presented, leaves, and joins again, twenty times. Server, publisher and subscriber share this
// machine's cores, so the figure is an upper bound.
//
// A publisher is asked for two keyframes a second at most. People come one by one, so the joins are
// a second and a half apart; the same twenty without a pause, which meet that limit, are told too.
//
// And a storm: a thousand simulated people who come to five hundred rooms within ten seconds, each
// with a microphone. It ends for each when both its connections are up. They, too, share the cores.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { quantile, report } from "./figures.mjs";
import { load, startBega } from "./servers.mjs";

const JOINS = 20;
const require = createRequire(new URL("../web-client/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const client = readFileSync(new URL("../web-client/node_modules/livekit-client/dist/livekit-client.umd.js", import.meta.url));

const storm = await measureStorm();
const server = await startBega();
const pages = createServer((request, response) => {
  const script = request.url === "/client.js";
  response.setHeader("content-type", script ? "text/javascript" : "text/html");
  response.end(script ? client : "<!doctype html><title>bench</title><script src=/client.js></script><body></body>");
}).listen(0, "127.0.0.1");
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
  ],
});

try {
  const context = await browser.newContext({ permissions: ["camera", "microphone"] });
  const open = async () => {
    const page = await context.newPage();
    await page.goto(`http://localhost:${pages.address().port}/`);
    return page;
  };
  const publisher = await open();
  const subscriber = await open();
  const { url } = server;

  await publisher.evaluate(
    async ([url, token]) => {
      const room = new LivekitClient.Room({ singlePeerConnection: false });
      await room.connect(url, token);
      await room.localParticipant.enableCameraAndMicrophone();
      globalThis.room = room;
    },
    [url, token("publisher")],
  );
  const joins = async (pause) => {
    const times = [];
    for (let i = -2; i < JOINS; i += 1) {
      await new Promise((done) => setTimeout(done, pause));
      const took = await subscriber.evaluate(joinOnce, [url, token(`subscriber-${i}`)]);
      // The first two warm up caches and the encoder's rate.
      if (i >= 0) times.push(took);
    }
    return times;
  };
  const times = await joins(1500);
  const rushed = await joins(0);
  report("join", [
    { figure: "join.first_frame_ms.p50", value: Math.round(quantile(times, 0.5)), unit: "ms", goal: 400, better: "lower" },
    { figure: "join.first_frame_ms.p95", value: Math.round(quantile(times, 0.95)), unit: "ms", better: "lower" },
    { figure: "join.first_frame_ms.p50.without_pause", value: Math.round(quantile(rushed, 0.5)), unit: "ms", better: "lower" },
    { figure: "join.storm_ms.p99", value: Math.round(storm.join_ms.p99), unit: "ms", goal: 1500, better: "lower", beside: { p50: Math.round(storm.join_ms.p50) } },
    { figure: "join.storm_failed", value: storm.failed, unit: "1", goal: 0, better: "lower" },
    { figure: "join.first_frame_ms.joins", value: times.length, unit: "1", better: "higher" },
  ]);
} finally {
  await browser.close();
  pages.close();
  await server.stop();
}

async function measureStorm() {
  const server = await startBega();
  try {
    const storm = await load("storm", "--url", server.url, "--people", 1000, "--rooms", 500, "--seconds", 10);
    if (storm.failed > 0) console.error(storm.reasons);
    return storm;
  } finally {
    await server.stop();
  }
}

/** Runs in the page: joins, waits until a frame of the publisher was decoded and shown, leaves. */
async function joinOnce([url, token]) {
  const Native = globalThis.NativeWebSocket ?? globalThis.WebSocket;
  globalThis.NativeWebSocket = Native;
  let opened;
  globalThis.WebSocket = class extends Native {
    constructor(...args) {
      super(...args);
      opened ??= performance.now();
    }
  };
  const room = new LivekitClient.Room({ singlePeerConnection: false });
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  const shown = new Promise((done) => video.requestVideoFrameCallback(() => done(performance.now())));
  room.on("trackSubscribed", (track) => track.kind === "video" && track.attach(video));
  await room.connect(url, token);
  const took = (await shown) - opened;
  await room.disconnect();
  video.remove();
  return took;
}

function token(identity) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({
    iss: "devkey",
    sub: identity,
    name: identity,
    nbf: now - 5,
    exp: now + 600,
    video: { room: "bench", roomJoin: true },
  })}`;
  return `${signed}.${createHmac("sha256", "secret").update(signed).digest("base64url")}`;
}
