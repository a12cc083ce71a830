// What a page has received of others, counted where it was decoded. Works in every browser.
import { setTimeout as delay } from "node:timers/promises";

/** Long enough for three encoders on a busy machine. */
export const PATIENCE_MS = 60_000;

/** Runs in a page before its scripts: keeps every peer connection, to be asked for its counters. */
export function keepConnections() {
  const Native = RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      window.connections.push(this);
    }
  };
}

/** Waits until new pictures were decoded of so many others, and sound was heard of as many. */
export async function seesAndHears(page, others) {
  const before = await received(page);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const now = await received(page);
    const rising = (kind) =>
      Object.entries(now[kind]).filter(([track, sum]) => sum > (before[kind][track] ?? 0)).length;
    if (rising("video") >= others && rising("audio") >= others) return;
    if (Date.now() > deadline) {
      const found = `sees ${rising("video")} and hears ${rising("audio")} of ${others}`;
      throw new Error(`${page.url()} ${found}: ${JSON.stringify({ before, now })}`);
    }
    await delay(250);
  }
}

/** What a page sends its sound as: `audio/red` where redundancy was agreed on. Its counters name what is inside. */
export const sendsSoundAs = (page) =>
  page.evaluate(() => {
    const up = window.connections.filter((connection) => connection.connectionState === "connected");
    const senders = up.flatMap((connection) => connection.getSenders());
    const voice = senders.find((sender) => sender.track?.kind === "audio");
    return voice?.getParameters().codecs[0]?.mimeType;
  });

/** Pictures decoded and sound energy so far, by track, over connections that are up. */
const received = (page) =>
  page.evaluate(async () => {
    const sums = { video: {}, audio: {} };
    for (const connection of window.connections) {
      if (connection.connectionState !== "connected") continue;
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type !== "inbound-rtp") continue;
        const counter = entry.kind === "video" ? entry.framesDecoded : entry.totalAudioEnergy;
        sums[entry.kind][entry.trackIdentifier ?? entry.id] = counter ?? 0;
      }
    }
    return sums;
  });
