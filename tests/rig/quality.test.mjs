// The rig's short form: two points of the figures that `make bench SUITE=quality` takes, with bounds
// so loose that a busy machine meets them. They show that loss is repaired and a thin link respected
// at all; how well is the bench's to say.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { loss, thin } from "./conditions.mjs";
import { whyNoNamespaces } from "./namespaces.mjs";
import { measure, pause, Scene, Scorer } from "./scene.mjs";

const SPEECH_MS = 7_600;
const SOUND = { audio: true };
const PEOPLE = { audio: true, video: { width: 640, height: 360 } };

const skip = whyNoNamespaces() ?? false;
let scene;
let scorer;

before(async () => {
  if (skip) return;
  scene = await Scene.make();
  scorer = new Scorer();
});

after(async () => {
  scorer?.close();
  await scene?.remove();
});

test("speech is understood when a fifth of the packets is lost", { skip }, async (t) => {
  const people = await scene.meet({ room: SOUND, officer: SOUND });
  await pause(2_000);
  scene.link.both(loss(0.2), 1);
  await pause(3_000);

  const { room, officer } = await measure(people, scene.link, SPEECH_MS);

  for (const [spoken, heard] of [[room.spoken, officer.heard], [officer.spoken, room.heard]]) {
    await understood(t, spoken, heard);
  }
});

test("speech is understood from behind a thin uplink while pictures use it too", { skip }, async (t) => {
  const people = await scene.meet({ room: PEOPLE, officer: SOUND });
  await pause(2_000);
  scene.link.both(thin(300), 1);
  await pause(6_000);

  const { room, officer } = await measure(people, scene.link, SPEECH_MS);

  await understood(t, room.spoken, officer.heard);
});

/** Two fifths of the packets lost and not repaired score 0.66; speech that arrives whole, 0.99. */
async function understood(t, spoken, heard) {
  const { stoi } = await scorer.score(spoken, heard);
  t.diagnostic(`intelligibility ${stoi.toFixed(3)}`);
  assert.ok(stoi > 0.72, `intelligibility ${stoi}`);
}
