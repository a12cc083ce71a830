// The Node server SDK calls our room service (JSON) and checks the signatures of our webhooks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { dispose } from "@livekit/rtc-node";
import { DataPacket_Kind, RoomServiceClient, WebhookReceiver } from "livekit-server-sdk";

import { Client, startReceiver, startServer } from "./support.mjs";

let receiver;
let server;
let service;
before(async () => {
  // The first two attempts fail: what is reported must arrive all the same.
  receiver = await startReceiver(2);
  server = await startServer({ config: `[webhooks]\nurls = ["${receiver.url}"]\n` });
  service = new RoomServiceClient(server.url, "devkey", "secret");
});
after(async () => {
  await dispose();
  await server.stop();
  receiver.stop();
});

/** Waits until a count has not risen for half a second. */
async function stops(count) {
  const deadline = Date.now() + 15_000;
  for (let before = -1; before !== count(); await delay(500)) {
    assert.ok(Date.now() < deadline, "it goes on");
    before = count();
  }
}

const names = async (...args) => (await service.listRooms(...args)).map((room) => room.name);

test("rooms are made, listed and ended", async () => {
  const room = await service.createRoom({ name: "made", emptyTimeout: 60, maxParticipants: 3, metadata: "m" });
  assert.deepEqual([room.name, room.emptyTimeout, room.maxParticipants, room.metadata], ["made", 60, 3, "m"]);
  await service.createRoom({ name: "other" });
  assert.deepEqual(await names(), ["made", "other"]);
  assert.deepEqual(await names(["other"]), ["other"]);
  assert.equal((await service.updateRoomMetadata("made", "new")).metadata, "new");

  await service.deleteRoom("made");
  await service.deleteRoom("other");
  assert.deepEqual(await names(), []);
  await assert.rejects(service.deleteRoom("made"), { status: 404, code: "not_found" });
});

test("participants are seen, changed, muted, sent data and removed", async () => {
  const [ana, ben] = [new Client(server.url), new Client(server.url)];
  try {
    await ben.join("meeting", "ben");
    await ana.join("meeting", "ana");
    await ana.publish();
    await ben.receive(5, 5);

    const listed = await service.listParticipants("meeting");
    assert.deepEqual(listed.map((one) => one.identity).sort(), ["ana", "ben"]);
    const { tracks } = await service.getParticipant("meeting", "ana");
    const microphone = tracks.find((track) => track.name === "mic");

    const muted = await service.mutePublishedTrack("meeting", "ana", microphone.sid, true);
    assert.equal(muted.muted, true);
    await ben.see("TrackMuted");
    await assert.rejects(service.mutePublishedTrack("meeting", "ana", microphone.sid, false), {
      code: "failed_precondition",
    });

    await service.updateParticipant("meeting", "ana", { attributes: { seat: "1" } });
    await ben.see("ParticipantAttributesChanged");

    await service.sendData("meeting", Buffer.from("to ben"), DataPacket_Kind.RELIABLE, {
      destinationIdentities: ["ben"], topic: "news",
    });
    await ben.see("DataReceived");
    const [data, , , topic] = ben.last("DataReceived");
    assert.deepEqual([Buffer.from(data).toString(), topic], ["to ben", "news"]);
    assert.equal(ana.count("DataReceived"), 0);

    const camera = tracks.find((track) => track.name === "cam");
    await service.updateSubscriptions("meeting", "ben", [camera.sid], false);
    // The client does not say so when a server ends a subscription: no more pictures come.
    await stops(() => ben.video);

    await service.removeParticipant("meeting", "ana");
    await ana.see("Disconnected");
    await assert.rejects(service.getParticipant("meeting", "ana"), { status: 404 });
  } finally {
    await ana.leave();
    await ben.leave();
  }
});

test("a key nobody gave, and a call without a grant, are refused", async () => {
  for (const secret of ["wrong", "a secret of at least thirty-two characters"]) {
    await assert.rejects(new RoomServiceClient(server.url, "devkey", secret).listRooms(), { status: 401 });
  }
  await assert.rejects(new RoomServiceClient(server.url, "nobody", "secret").listRooms(), { status: 401 });
});

test("what happened is reported, signed, in order, and more than once if it was refused", async () => {
  const { letters } = receiver;
  const deadline = Date.now() + 15_000;
  const taken = () => letters.filter((letter) => letter.taken);
  // The meeting was the last room to end.
  while (!taken().some(({ body }) => body.includes("meeting") && body.includes("room_finished"))) {
    assert.ok(Date.now() < deadline, letters.map(({ body }) => body).join("\n"));
    await delay(50);
  }

  const receiving = new WebhookReceiver("devkey", "secret");
  const events = [];
  for (const { body, authorization, type } of taken()) {
    assert.equal(type, "application/webhook+json");
    events.push(await receiving.receive(body, authorization));
  }
  const meeting = events.filter((event) => event.room.name === "meeting").map((event) => event.event);
  assert.equal(meeting[0], "room_started");
  assert.equal(meeting.at(-1), "room_finished");
  for (const name of ["participant_joined", "track_published", "track_unpublished", "participant_left"]) {
    assert.equal(meeting.filter((event) => event === name).length, 2, name);
  }
  assert.equal(new Set(events.map((event) => event.id)).size, events.length);

  const [first, second, third] = letters.map(({ body }) => JSON.parse(body).id);
  assert.deepEqual([first, second], [third, third], "the same report until it is taken");
  await assert.rejects(receiving.receive(`${letters[0].body} `, letters[0].authorization));
});
