// The Node client (libwebrtc) joins, publishes, subscribes, talks, is removed, and comes back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DisconnectReason, dispose } from "@livekit/rtc-node";

import { Client, startProxy, startServer } from "./support.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(async () => {
  await dispose();
  await server.stop();
});

/** Ana, who publishes, and Ben, who receives it. */
async function meeting(room, scene, { anaUrl = server.url, benUrl = server.url } = {}) {
  const [ana, ben] = [new Client(anaUrl), new Client(benUrl)];
  try {
    await ben.join(room, "ben");
    await ana.join(room, "ana");
    await ben.see("ParticipantConnected");
    await scene(ana, ben);
  } finally {
    await ana.leave();
    await ben.leave();
  }
}

test("pictures and sound arrive", () =>
  meeting("media", async (ana, ben) => {
    await ana.publish();
    await ben.see("TrackSubscribed", 2);
    await ben.receive(30, 50);
  }));

test("data goes both ways", () =>
  meeting("data", async (ana, ben) => {
    await ana.room.localParticipant.publishData(Buffer.from("to ben"), { reliable: true, topic: "chat" });
    await ben.see("DataReceived");
    const [data, from, , topic] = ben.last("DataReceived");
    assert.deepEqual([Buffer.from(data).toString(), from.identity, topic], ["to ben", "ana", "chat"]);

    await ben.room.localParticipant.publishData(Buffer.from("to ana"), { reliable: true, destination_identities: ["ana"] });
    await ana.see("DataReceived");
    assert.equal(ana.last("DataReceived")[1].identity, "ben");
  }));

test("a stream of text arrives whole", () =>
  meeting("text", async (ana, ben) => {
    const text = "ለምሳሌ ".repeat(5000);
    const received = new Promise((done) =>
      ben.room.registerTextStreamHandler("notes", async (reader, { identity }) => done([identity, await reader.readAll()])),
    );
    await ana.room.localParticipant.sendText(text, { topic: "notes" });
    assert.deepEqual(await received, ["ana", text]);
  }));

test("a participant can be called", () =>
  meeting("call", async (ana, ben) => {
    ben.room.localParticipant.registerRpcMethod("greet", async ({ callerIdentity, payload }) => `${callerIdentity}: ${payload}`);
    const answer = await ana.room.localParticipant.performRpc({ destinationIdentity: "ben", method: "greet", payload: "hello" });
    assert.equal(answer, "ana: hello");
  }));

test("one can stop receiving a track and receive it again", () =>
  meeting("choose", async (ana, ben) => {
    await ana.publish();
    await ben.receive(5, 5);
    const tracks = [...ben.room.remoteParticipants.get("ana").trackPublications.values()];
    const camera = tracks.find((track) => track.name === "cam");
    camera.setSubscribed(false);
    await ben.see("TrackUnsubscribed");
    camera.setSubscribed(true);
    await ben.see("TrackSubscribed", 3);
    await ben.receive(10, 10);
  }));

test("one who is removed is told and does not come back", () =>
  meeting("kick", async (ana, ben) => {
    await server.kick("kick", "ana");
    await ana.see("Disconnected");
    assert.equal(ana.last("Disconnected")[0], DisconnectReason.PARTICIPANT_REMOVED);
    await ben.see("ParticipantDisconnected");
  }));

for (const who of ["publisher", "subscriber"]) {
  test(`a cut socket of a ${who} is resumed`, async () => {
    const proxy = await startProxy(server.port);
    const url = who === "publisher" ? { anaUrl: proxy.url } : { benUrl: proxy.url };
    try {
      await meeting(`resume-${who}`, async (ana, ben) => {
        await ana.publish();
        await ben.receive(10, 10);
        const [cut, other] = who === "publisher" ? [ana, ben] : [ben, ana];
        const { sid } = cut.room.localParticipant;

        proxy.cut();

        await cut.see("Reconnecting");
        await cut.see("Reconnected");
        await ben.receive(30, 50);
        assert.equal(cut.room.localParticipant.sid, sid, "resumed, not joined anew");
        assert.equal(other.count("ParticipantDisconnected"), 0);
        await cut.room.localParticipant.publishData(Buffer.from("back"), { reliable: true });
        await other.see("DataReceived");
      }, url);
    } finally {
      proxy.stop();
    }
  });
}
