/** What is said aloud of an event, and what is not. */

import { createIntl } from "react-intl";
import { expect, test } from "vitest";
import messages from "../i18n/call/en.json";
import type { Messages } from "../i18n/catalogue";
import type { LiveKnowledge } from "../signaling/live-state";
import type { Event } from "../signaling/protocol.gen";
import { signalText } from "./room-signal";
import { announcement } from "./use-announcements";

const intl = createIntl({ locale: "en-GB", messages: messages as Messages });
const known = {
  you: "me",
  participants: [
    { id: "me", name: "Anna", role: "lead_officer", presence: "present", mayAdmit: true },
    { id: "i", name: "Selam", role: "interpreter", presence: "waiting", mayAdmit: false },
    { id: "r", name: "Room 2", role: "room_device", presence: "present", mayAdmit: false },
  ],
} as unknown as LiveKnowledge;

const at = "2026-11-21T12:00:00Z";
const said = (kind: object) => announcement({ number: 1, at, ...kind } as Event, known, intl);
const line = (from: string, text: string) => ({ kind: "chat", line: { key: "k", from, at, text } });

test("somebody at the door is named", () => {
  expect(said({ kind: "waiting", participant: "i" })).toBe("Selam is at the door.");
});

test("one's own lines and arrivals are not said", () => {
  expect(said(line("me", "Hello"))).toBeNull();
  expect(said({ kind: "participant_arrived", participant: known.participants[0] })).toBeNull();
});

test("a line is read with its writer, a press in the room in words", () => {
  expect(said(line("i", "Good morning"))).toBe("Selam writes: Good morning");
  expect(said(line("r", signalText("cannot_hear")))).toMatch(/^Room 2 cannot hear well/);
});

test("an event of no weight is not said", () => {
  expect(said({ kind: "hand_lowered", participant: "i" })).toBeNull();
});
