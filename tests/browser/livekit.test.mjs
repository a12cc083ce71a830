// livekit-client in Chromium against our server, with end-to-end encryption: pictures and sound are
// decoded through us, and what the server tells of speakers, connections and needed sizes arrives.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { launch } from "./chromium.mjs";
import { PATIENCE_MS } from "./received.mjs";
import { startServer } from "./server.mjs";

const require = createRequire(new URL("../../web-client/package.json", import.meta.url));
const client = dirname(require.resolve("livekit-client"));

let server;
let site;
let browser;

before(async () => {
  server = await startServer("--dev");
  site = createServer(async (request, response) => {
    const file = { "/client.js": "livekit-client.umd.js", "/worker.js": "livekit-client.e2ee.worker.js" }[request.url];
    response.setHeader("content-type", file ? "text/javascript" : "text/html");
    response.end(file ? await readFile(join(client, file)) : '<!doctype html><script src="/client.js"></script>');
  }).listen(0, "localhost");
  await once(site, "listening");
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.close();
  await server?.stop();
});

test("a call that is encrypted from end to end is decoded, and its signals arrive", { timeout: 180_000 }, async () => {
  const [ana, ben] = [await participant("encrypted", "ana"), await participant("encrypted", "ben")];
  await ana.evaluate(async () => {
    await room.localParticipant.setCameraEnabled(true, { resolution: { width: 1280, height: 720 } });
    // The fake microphone only beeps now and then; this one speaks.
    const context = new AudioContext();
    const tone = new OscillatorNode(context);
    const voice = new MediaStreamAudioDestinationNode(context);
    tone.connect(voice);
    tone.start();
    await room.localParticipant.publishTrack(voice.stream.getAudioTracks()[0], { source: "microphone" });
  });

  await ben.waitForFunction(() => seen.decoded() > 20, undefined, { polling: 250 });
  await ben.waitForFunction(() => seen.speakers.has("ana"), undefined, { polling: 250 });
  await ben.waitForFunction(() => seen.everybody() === "excellent,excellent", undefined, { polling: 250 });

  // A small tile needs the smallest layer only; nobody needs the others.
  await ben.evaluate(() => seen.camera.setVideoDimensions({ width: 160, height: 90 }));
  await ana.waitForFunction(() => seen.layers().join() === "true,false,false", undefined, { polling: 250 });
  const before = await ben.evaluate(() => seen.decoded());
  await ben.waitForFunction((count) => seen.decoded() > count + 10, before, { polling: 250 });
  await ben.evaluate(() => seen.camera.setVideoDimensions({ width: 1280, height: 720 }));
  await ana.waitForFunction(() => seen.layers().join() === "true,true,true", undefined, { polling: 250 });

  assert.deepEqual(await ben.evaluate(() => seen.errors), []);
  await Promise.all([ana.context().close(), ben.context().close()]);
});

for (const codec of ["vp9", "av1"]) {
  test(`the layers inside one stream of ${codec} are sent as they are shown`, { timeout: 180_000 }, async () => {
    const [ana, ben] = [await participant(codec, "ana"), await participant(codec, "ben")];
    await ana.evaluate(
      (videoCodec) =>
        room.localParticipant.setCameraEnabled(
          true,
          { resolution: { width: 640, height: 480 } },
          { videoCodec, backupCodec: false, scalabilityMode: "L3T3_KEY" },
        ),
      codec,
    );
    await shows(ben, 480);

    await ben.evaluate(() => seen.camera.setVideoDimensions({ width: 160, height: 120 }));
    // Chromium makes two sizes of a picture like this.
    await shows(ben, 240);
    await ben.evaluate(() => seen.camera.setVideoDimensions({ width: 640, height: 480 }));
    await shows(ben, 480);

    await Promise.all([ana.context().close(), ben.context().close()]);
  });
}

/** Waits until pictures of a height are decoded, more than one. */
async function shows(page, height) {
  const is = (height) => seen.element?.videoHeight === height;
  await page.waitForFunction(is, height, { polling: 250 });
  const before = await page.evaluate(() => seen.decoded());
  await page.waitForFunction((count) => seen.decoded() > count + 10, before, { polling: 250 });
  assert.ok(await page.evaluate(is, height));
}

/** A page whose `room` is joined, encrypted or not, and that keeps what it has `seen`. */
async function participant(name, identity) {
  const context = await browser.newContext({ permissions: ["camera", "microphone"] });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(`http://localhost:${site.address().port}/`);
  await page.evaluate(enter, { url: server.url.replace("http", "ws"), token: token(name, identity), secret: name === "encrypted" && "between us" });
  return page;
}

async function enter({ url, token, secret }) {
  const { ExternalE2EEKeyProvider, Room, RoomEvent } = window.LivekitClient;
  const options = { dynacast: true };
  if (secret) {
    const keyProvider = new ExternalE2EEKeyProvider();
    await keyProvider.setKey(secret);
    options.encryption = { keyProvider, worker: new Worker("/worker.js") };
  }
  const room = new Room(options);
  const seen = { speakers: new Set(), errors: [], element: null, camera: null };
  seen.decoded = () => seen.element?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
  seen.everybody = () =>
    [room.localParticipant, ...room.remoteParticipants.values()].map(({ connectionQuality }) => connectionQuality).join();
  seen.layers = () => {
    const [publication] = room.localParticipant.videoTrackPublications.values();
    const { encodings } = publication.track.sender.getParameters();
    return encodings.map(({ active }) => active);
  };
  room.on(RoomEvent.ActiveSpeakersChanged, (speakers) => speakers.forEach(({ identity }) => seen.speakers.add(identity)));
  room.on(RoomEvent.EncryptionError, (error) => seen.errors.push(error.message));
  room.on(RoomEvent.TrackSubscribed, (track, publication) => {
    const element = track.attach();
    document.body.append(element);
    if (track.kind === "video") Object.assign(seen, { element, camera: publication });
  });
  Object.assign(window, { room, seen });
  if (secret) await room.setE2EEEnabled(true);
  await room.connect(url, token);
}

/** A token of the development key. */
function token(room, identity) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: "devkey", sub: identity, name: identity, nbf: now - 5, exp: now + 3600,
    video: { room, roomJoin: true },
  };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", "secret").update(signed).digest("base64url")}`;
}
