// A server, tokens, a proxy that can be cut, and clients whose events can be awaited.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import {
  AudioFrame, AudioSource, AudioStream, LocalAudioTrack, LocalVideoTrack, Room, RoomEvent,
  TrackKind, TrackPublishOptions, TrackSource, VideoBufferType, VideoFrame, VideoSource, VideoStream,
} from "@livekit/rtc-node";

// Milliseconds until what is awaited will not come any more.
const PATIENCE = 30_000;
const [WIDTH, HEIGHT] = [320, 240];

/** Starts a `bega serve --dev` of its own, on free ports. */
export async function startServer({ config = "" } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "bega-conformance-"));
  await writeFile(join(folder, "bega.toml"), config);
  const port = await freeTcpPort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    process.env.BEGA_BIN,
    [
      "serve", "--dev", "--config", join(folder, "bega.toml"), "--data-dir", folder, "--listen", `127.0.0.1:${port}`,
      "--media-port", String(await freeUdpPort()), "--media-workers", "1",
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const ended = once(child, "exit");

  const deadline = Date.now() + PATIENCE;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the server does not start:\n${log}`);
    await delay(50);
  }
  return {
    port,
    url,
    kick: (room, identity) => fetch(`${url}/dev/rooms/${room}/participants/${identity}`, { method: "DELETE" }),
    async stop() {
      child.kill("SIGTERM");
      const [code] = await ended;
      await rm(folder, { recursive: true });
      if (code !== 0 || log.includes("panicked")) throw new Error(`the server ended with ${code}:\n${log}`);
    },
  };
}

/** Receives webhooks; refuses the first so many. */
export async function startReceiver(refused = 0) {
  const letters = [];
  let attempts = 0;
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization, "content-type": type } = request.headers;
    attempts += 1;
    letters.push({ body: Buffer.concat(chunks).toString(), authorization, type, taken: attempts > refused });
    response.writeHead(attempts > refused ? 200 : 503).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/hook`, letters, stop: () => server.close() };
}

const isReady = (url) => fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);

async function freeTcpPort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}

async function freeUdpPort() {
  const probe = createSocket("udp4").bind(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}

/** A token of the development key. */
export function token(room, identity, grants = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: "devkey", sub: identity, name: identity.toUpperCase(), nbf: now - 5, exp: now + 3600,
    video: { room, roomJoin: true, canUpdateOwnMetadata: true, ...grants },
  };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", "secret").update(signed).digest("base64url")}`;
}

/** Carries TCP to the server until it is cut; then it carries what comes after. */
export async function startProxy(target) {
  const carried = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(target, "127.0.0.1");
    for (const [one, other] of [[near, far], [far, near]]) {
      carried.add(one);
      one.pipe(other);
      one.on("error", () => {});
      one.on("close", () => {
        carried.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => carried.forEach((socket) => socket.destroy());
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    cut,
    stop() {
      server.close();
      cut();
    },
  };
}

const EVENTS = [
  "ParticipantConnected", "ParticipantDisconnected", "TrackSubscribed", "TrackUnsubscribed", "TrackMuted",
  "TrackUnmuted", "DataReceived", "ParticipantAttributesChanged", "Reconnecting", "Reconnected", "Disconnected",
];

/** One participant; what it saw is kept, and can be waited for. */
export class Client {
  room = new Room();
  seen = [];
  video = 0;
  audio = 0;
  #waiting = new Set();
  #isFeeding = false;

  constructor(url) {
    this.url = url.replace("http", "ws");
    for (const name of EVENTS) {
      this.room.on(RoomEvent[name], (...what) => {
        this.seen.push({ name, what });
        this.#changed();
      });
    }
    this.room.on(RoomEvent.TrackSubscribed, (track) => this.#consume(track));
  }

  async join(room, identity, grants) {
    await this.room.connect(this.url, token(room, identity, grants), { autoSubscribe: true, dynacast: true });
    return this;
  }

  async leave() {
    this.#isFeeding = false;
    await this.room.disconnect();
  }

  count(name) {
    return this.seen.filter((event) => event.name === name).length;
  }

  last(name) {
    return this.seen.findLast((event) => event.name === name).what;
  }

  async until(isSo, what) {
    const deadline = Date.now() + PATIENCE;
    while (!isSo()) {
      const left = deadline - Date.now();
      if (left <= 0) {
        const seen = this.seen.map(({ name }) => name).join(" ");
        throw new Error(`${what} did not happen; ${seen}, ${this.video} pictures, ${this.audio} sounds`);
      }
      await new Promise((done) => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          done();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
      });
    }
  }

  see(name, times = 1) {
    return this.until(() => this.count(name) >= times, name);
  }

  /** Waits for so many more decoded pictures, and sounds that are not silence. */
  receive(pictures, sounds) {
    const [video, audio] = [this.video + pictures, this.audio + sounds];
    return this.until(() => this.video >= video && this.audio >= audio, `${pictures} pictures, ${sounds} sounds`);
  }

  /** A microphone with a tone and a camera with noise, fed until the client leaves. */
  async publish() {
    const [sound, picture] = [new AudioSource(48_000, 1, 100), new VideoSource(WIDTH, HEIGHT)];
    this.#isFeeding = true;
    this.#feed(sound, picture);
    const me = this.room.localParticipant;
    this.microphone = LocalAudioTrack.createAudioTrack("mic", sound);
    this.camera = LocalVideoTrack.createVideoTrack("cam", picture);
    await me.publishTrack(this.microphone, new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }));
    await me.publishTrack(this.camera, new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: true }));
  }

  async #feed(sound, picture) {
    for (let tick = 0; this.#isFeeding; tick++) {
      const tone = Int16Array.from({ length: 480 }, (_, i) => 8000 * Math.sin(((tick * 480 + i) * 2 * Math.PI * 440) / 48_000));
      // Returns at the pace of real time once the queue is full.
      await sound.captureFrame(new AudioFrame(tone, 48_000, 1, 480));
      if (tick % 5 === 0) {
        const image = new Uint8Array(WIDTH * HEIGHT * 4).map((_, i) => (i * 31 + tick * 17) & 255);
        picture.captureFrame(new VideoFrame(image, WIDTH, HEIGHT, VideoBufferType.RGBA));
      }
    }
  }

  async #consume(track) {
    if (track.kind === TrackKind.KIND_VIDEO) {
      for await (const _ of new VideoStream(track)) {
        this.video += 1;
        this.#changed();
      }
    } else {
      for await (const frame of new AudioStream(track)) {
        // Concealed silence is not what was said.
        if (frame.data.some((sample) => Math.abs(sample) > 500)) this.audio += 1;
        this.#changed();
      }
    }
  }

  #changed() {
    for (const wake of [...this.#waiting]) wake();
  }
}
