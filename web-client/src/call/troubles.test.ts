/** What counts as wrong in a call, and what does not. */

import { expect, test } from "vitest";
import type { CaptureState, Input } from "../media/capture";
import { IDLE, type MediaPerson } from "../media/media-session";
import type { LiveKnowledge } from "../signaling/live-state";
import type { Presence } from "../signaling/protocol.gen";
import { type Circumstances, troublesOf } from "./troubles";

const working: Input = { on: true, track: null, problem: null };

const capture: CaptureState = {
  phase: "ready",
  camera: working,
  microphone: working,
  devices: { camera: [], microphone: [], speaker: [] },
  chosen: { camera: null, microphone: null, speaker: null },
};

function known(room: Presence, state: "planned" | "live" = "live"): LiveKnowledge {
  return {
    epoch: "e",
    number: 1,
    you: "me",
    chat: [],
    participants: [
      { id: "me", name: "Anna", role: "lead_officer", presence: "present", mayAdmit: true },
      { id: "room", name: "Room 2", role: "room_device", presence: room, mayAdmit: false },
    ],
    session: {
      id: "s",
      kind: "interview",
      state,
      reference: "Case 4471",
      startsAt: "2026-11-21T12:00:00Z",
      endsAt: "2026-11-21T14:00:00Z",
      roomName: "Room 2",
      siteName: "ETC Timișoara",
      timeZone: "Europe/Bucharest",
      language: "ti",
    },
  };
}

const person = (link: MediaPerson["link"]): MediaPerson => ({
  identity: "room",
  camera: null,
  microphone: "on",
  speaking: false,
  link,
});

function kinds(change: Partial<Circumstances>): string[] {
  return troublesOf({
    known: known("present"),
    media: { ...IDLE, phase: "connected", others: [person("good")] },
    capture,
    onlyWatches: false,
    lost: false,
    connectingLong: false,
    microphoneSilent: false,
    ...change,
  }).map((trouble) => trouble.kind);
}

test("nothing is shown while all is well", () => {
  expect(kinds({})).toEqual([]);
});

test("a lost connection hides what follows from it", () => {
  expect(kinds({ lost: true, known: known("absent"), media: { ...IDLE, uplink: "weak" } })).toEqual(
    ["reconnecting"],
  );
});

test("whoever may start is told that the session has not started", () => {
  expect(kinds({ known: known("present", "planned") })).toEqual(["not_started"]);
});

test("a missing room and weak links are told", () => {
  expect(kinds({ known: known("absent") })).toEqual(["room_absent"]);
  expect(kinds({ media: { ...IDLE, others: [person("weak")], uplink: "weak" } })).toEqual([
    "uplink_weak",
    "link_weak",
  ]);
});

test("one cause for camera and microphone is told once", () => {
  const blocked: Input = { ...working, problem: "blocked" };
  const both = troublesOf({
    known: known("present"),
    media: IDLE,
    capture: { ...capture, camera: blocked, microphone: blocked },
    onlyWatches: false,
    lost: false,
    connectingLong: false,
    microphoneSilent: true,
  });
  expect(both).toEqual([{ kind: "device", input: "both", problem: "blocked" }]);
});

test("an observer's missing devices are no trouble", () => {
  const blocked: Input = { ...working, problem: "blocked" };
  expect(kinds({ onlyWatches: true, capture: { ...capture, camera: blocked } })).toEqual([]);
});
