/** How a room's device finds its way without anybody beside it. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DeviceNow, DeviceSession, Me, Pairing, RoomRef } from "../api/types";
import { Device, type DeviceServer } from "./device";

const room: RoomRef = {
  id: "r",
  name: "Room 2",
  siteId: "s",
  siteName: "ETC Timișoara",
  timeZone: "Europe/Bucharest",
};

const deviceMe: Me = {
  kind: "device",
  id: "d",
  name: "Screen",
  organisation: { id: "o", name: "UNHCR Romania" },
  roles: [],
  language: "ar",
  room,
};

const guestMe: Me = { ...deviceMe, kind: "guest", sessionId: "linked" };

class Refused extends Error {}

interface Fake extends DeviceServer {
  paired: boolean;
  reachable: boolean;
  confirmed: boolean;
  session: DeviceSession | null;
  codes: number;
}

function server(change: Partial<Fake> = {}): Fake {
  const fake: Fake = {
    paired: true,
    reachable: true,
    confirmed: false,
    session: null,
    codes: 0,
    async me() {
      check(fake);
      return deviceMe;
    },
    async exchange(secret) {
      if (secret !== "good") throw new Refused();
      return guestMe;
    },
    async pair(): Promise<Pairing> {
      if (!fake.reachable) throw new Error("offline");
      fake.codes += 1;
      return {
        pairingId: "p",
        code: `10000${fake.codes}`,
        secret: "x",
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
      };
    },
    async claim() {
      if (!fake.confirmed) return null;
      fake.paired = true;
      return deviceMe;
    },
    async now(): Promise<DeviceNow> {
      check(fake);
      return { room, session: fake.session };
    },
    ...change,
  };
  return fake;
}

function check(fake: Fake): void {
  if (!fake.reachable) throw new Error("offline");
  if (!fake.paired) throw new Refused();
}

function device(fake: Fake, secret: string | null = null): Device {
  const subject = new Device({
    server: fake,
    refusalOf: (error) => (error instanceof Refused ? "unauthorised" : "unreachable"),
    now: Date.now,
  });
  subject.start(secret);
  return subject;
}

function booked(inMinutes: number, change: Partial<DeviceSession> = {}): DeviceSession {
  return {
    id: "booked",
    participantId: "p",
    state: "planned",
    startsAt: new Date(Date.now() + inMinutes * 60_000).toISOString(),
    endsAt: new Date(Date.now() + (inMinutes + 120) * 60_000).toISOString(),
    language: "ti",
    reference: "Case 4471",
    ...change,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const soon = () => vi.advanceTimersByTimeAsync(0);

test("an unpaired device shows a code, renews it, and is idle once confirmed", async () => {
  const fake = server({ paired: false });
  const subject = device(fake);
  await soon();
  expect(subject.getState()).toEqual({ name: "pairing", code: "100001" });
  await vi.advanceTimersByTimeAsync(62_000);
  expect(subject.getState()).toEqual({ name: "pairing", code: "100002" });
  fake.confirmed = true;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(subject.getState()).toEqual({ name: "idle", room, next: null });
});

test("a session opens its room fifteen minutes before", async () => {
  const fake = server();
  fake.session = booked(20);
  const subject = device(fake);
  await soon();
  expect(subject.getState().name).toBe("idle");
  await vi.advanceTimersByTimeAsync(5 * 60_000 + 5_000);
  expect(subject.getState()).toMatchObject({ name: "session", sessionId: "booked" });
});

test("after a session it is idle and does not go back into the same one", async () => {
  const fake = server();
  fake.session = booked(-10, { state: "live" });
  const subject = device(fake);
  await soon();
  expect(subject.getState().name).toBe("session");
  subject.finished("booked", false);
  await soon();
  expect(subject.getState()).toEqual({ name: "idle", room, next: null });
  fake.session = booked(0, { id: "another" });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(subject.getState()).toMatchObject({ name: "session", sessionId: "another" });
});

test("a device that somebody revoked shows a new code", async () => {
  const fake = server();
  const subject = device(fake);
  await soon();
  fake.paired = false;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(subject.getState().name).toBe("pairing");
});

test("without a network it waits, and an idle screen stays as it is", async () => {
  const fake = server({ reachable: false });
  const subject = device(fake);
  await soon();
  expect(subject.getState().name).toBe("unreachable");
  fake.reachable = true;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(subject.getState().name).toBe("idle");
  fake.reachable = false;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(subject.getState().name).toBe("idle");
});

test("a room's link leads straight to its session, and a used one says so", async () => {
  const subject = device(server(), "good");
  await soon();
  expect(subject.getState()).toMatchObject({ name: "session", sessionId: "linked" });
  subject.finished("linked", false);
  expect(subject.getState().name).toBe("link_closed");

  const wrong = device(server(), "wrong");
  await soon();
  expect(wrong.getState().name).toBe("link_closed");
});
