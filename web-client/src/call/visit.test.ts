/** The stages of a visit, and when its media connection comes and goes. */

import { describe, expect, test } from "vitest";
import { Capture } from "../media/capture";
import { FakeMediaSession } from "../media/fake-session";
import type { LiveSession, LiveState } from "../signaling/live-session";
import type { Presence, SessionState } from "../signaling/protocol.gen";
import { stageOf, Visit, withBooked } from "./visit";

const ME = "me";

function live(presence: Presence, state: SessionState = "planned"): LiveState {
  return {
    connection: { phase: "connected" },
    unsent: [],
    known: {
      epoch: "e",
      number: 1,
      you: ME,
      chat: [],
      participants: [{ id: ME, name: "Selam", role: "interpreter", presence, mayAdmit: false }],
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
    },
  };
}

const closed = (
  reason: Extract<LiveState["connection"], { phase: "closed" }>["reason"],
): LiveState => ({
  ...live("present"),
  connection: { phase: "closed", reason },
});

describe("the stage", () => {
  test("follows the room once the green room was passed", () => {
    expect(stageOf({ ...live("absent"), known: null }, false, false)).toEqual({ name: "opening" });
    expect(stageOf(live("waiting"), false, false)).toEqual({ name: "green_room" });
    expect(stageOf(live("present"), false, false)).toEqual({ name: "green_room" });
    expect(stageOf(live("waiting"), true, false)).toEqual({ name: "waiting" });
    expect(stageOf(live("present"), true, false)).toEqual({ name: "inside" });
    expect(stageOf(live("reconnecting"), true, true)).toEqual({ name: "inside" });
  });

  test("tells a refusal at the door from a removal", () => {
    expect(stageOf(live("refused"), true, false)).toEqual({ name: "over", outcome: "refused" });
    expect(stageOf(closed("removed"), true, false)).toEqual({ name: "over", outcome: "refused" });
    expect(stageOf(closed("removed"), true, true)).toEqual({ name: "over", outcome: "removed" });
  });

  test("tells the end from a cancellation", () => {
    expect(stageOf(live("present", "ended"), true, true)).toEqual({
      name: "over",
      outcome: "ended",
    });
    expect(stageOf(live("waiting", "cancelled"), false, false)).toEqual({
      name: "over",
      outcome: "cancelled",
    });
    expect(stageOf(closed("session_over"), true, true)).toEqual({ name: "over", outcome: "ended" });
    expect(stageOf(closed("replaced"), true, true)).toEqual({ name: "over", outcome: "replaced" });
  });
});

class FakeLive {
  state: LiveState = live("waiting");
  readonly #listeners = new Set<() => void>();
  left = false;

  readonly getState = () => this.state;

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  leave(): void {
    this.left = true;
    this.becomes({ ...this.state, connection: { phase: "closed", reason: "left" } });
  }

  becomes(state: LiveState): void {
    this.state = state;
    for (const listener of this.#listeners) listener();
  }
}

interface Setup {
  readonly visit: Visit;
  readonly room: FakeLive;
  readonly media: FakeMediaSession[];
  readonly remembered: { ready: boolean };
}

function setUp(start: () => Promise<void> = async () => undefined): Setup {
  const room = new FakeLive();
  const media: FakeMediaSession[] = [];
  const remembered = { ready: false };
  const visit = new Visit({
    live: room as unknown as LiveSession,
    capture: new Capture({ mediaDevices: undefined, profile: "person" }),
    profile: "person",
    api: {
      joinToken: async () => ({ url: "ws://x", token: "t" }),
      start,
      end: async () => undefined,
      booked: async () => [],
    },
    loadMedia: async () => {
      const session = new FakeMediaSession();
      media.push(session);
      return session;
    },
    ready: {
      get: () => remembered.ready,
      set: (ready) => {
        remembered.ready = ready;
      },
    },
  });
  return { visit, room, media, remembered };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("media", () => {
  test("is connected on admission and not before", async () => {
    const { visit, room, media } = setUp();
    await visit.enter(false);
    await settled();
    expect(visit.getState().stage.name).toBe("waiting");
    expect(media).toHaveLength(0);
    room.becomes(live("present"));
    await settled();
    expect(media).toHaveLength(1);
    await media[0]?.joins();
    expect(visit.getState().media.phase).toBe("connected");
  });

  test("is told to hurry when the live session is back", async () => {
    const { visit, room, media } = setUp();
    await visit.enter(false);
    room.becomes(live("present"));
    await settled();
    const wakes = media[0]?.wakes ?? 0;
    room.becomes({ ...live("present"), connection: { phase: "reconnecting", attempt: 1 } });
    room.becomes(live("present"));
    expect(media[0]?.wakes).toBe(wakes + 1);
    expect(media).toHaveLength(1);
  });

  test("is left, and the devices closed, when the session is over", async () => {
    const { visit, room, media, remembered } = setUp();
    await visit.enter(false);
    room.becomes(live("present", "live"));
    await settled();
    expect(remembered.ready).toBe(true);
    room.becomes(live("present", "ended"));
    expect(visit.getState().stage).toEqual({ name: "over", outcome: "ended" });
    expect(media[0]?.getState().phase).toBe("left");
    expect(visit.capture.getState().phase).toBe("stopped");
    expect(remembered.ready).toBe(false);
  });
});

describe("starting", () => {
  test("is told when it failed", async () => {
    const { visit, room } = setUp(async () => {
      throw new Error("no");
    });
    room.becomes(live("present"));
    await visit.enter(true);
    expect(visit.getState().startFailed).toBeInstanceOf(Error);
  });

  test("is no failure when somebody else was faster", async () => {
    const setup = setUp(async () => {
      setup.room.becomes(live("present", "live"));
      throw new Error("wrong state");
    });
    await setup.visit.enter(true);
    expect(setup.visit.getState().startFailed).toBeNull();
  });
});

test("those who are booked and not here come after those who are", () => {
  const here = live("waiting").known?.participants ?? [];
  const all = withBooked(here, [
    { id: "room", name: "Room 2", role: "room_device" },
    { id: ME, name: "Selam", role: "interpreter" },
  ]);
  expect(all.map((who) => [who.id, who.presence])).toEqual([
    [ME, "waiting"],
    ["room", "absent"],
  ]);
});
