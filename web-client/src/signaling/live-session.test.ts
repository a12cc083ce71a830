/** The rules of `LiveSession`, against a socket and a clock that are told what to do. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LiveSession, type LiveSocket } from "./live-session";
import { handsInOrder, me } from "./live-state";
import type { Participant, ServerMessage, SessionView, Snapshot } from "./protocol.gen";

const ME = "11111111-0000-7000-8000-000000000001";
const OTHER = "22222222-0000-7000-8000-000000000002";
const EPOCH = "eeeeeeee-0000-7000-8000-000000000001";

class FakeSocket implements LiveSocket {
  onopen: LiveSocket["onopen"] = null;
  onmessage: LiveSocket["onmessage"] = null;
  onclose: LiveSocket["onclose"] = null;
  readonly sent: Array<Record<string, unknown>> = [];
  closedByClient = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }

  close(): void {
    this.closedByClient = true;
  }

  open(): void {
    this.onopen?.call(this as never, new Event("open"));
  }

  says(message: ServerMessage): void {
    this.saysText(JSON.stringify(message));
  }

  saysText(data: string): void {
    this.onmessage?.call(this as never, new MessageEvent("message", { data }));
  }

  drops(code = 1006): void {
    this.onclose?.call(this as never, new CloseEvent("close", { code }));
  }

  sentOf(type: string): Array<Record<string, unknown>> {
    return this.sent.filter((message) => message["type"] === type);
  }
}

const session: SessionView = {
  id: "33333333-0000-7000-8000-000000000003",
  kind: "interview",
  state: "planned",
  reference: "Case 4471",
  startsAt: "2026-11-21T12:00:00Z",
  endsAt: "2026-11-21T14:00:00Z",
  roomName: "Room 2",
  siteName: "ETC Timișoara",
  timeZone: "Europe/Bucharest",
  language: "ti",
};

function participant(id: string, change: Partial<Participant> = {}): Participant {
  return {
    id,
    name: id === ME ? "Selam T." : "Anna de Vries",
    role: id === ME ? "interpreter" : "lead_officer",
    presence: "present",
    mayAdmit: id !== ME,
    ...change,
  };
}

function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return { session, participants: [participant(ME), participant(OTHER)], chat: [], ...change };
}

function welcome(number = 5, change: Partial<Snapshot> = {}): ServerMessage {
  return { type: "welcome", epoch: EPOCH, number, you: ME, snapshot: snapshot(change) };
}

function memoryStorage(): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    clear: () => items.clear(),
    getItem: (key) => items.get(key) ?? null,
    key: () => null,
    removeItem: (key) => void items.delete(key),
    setItem: (key, value) => void items.set(key, value),
  };
}

interface Setup {
  readonly live: LiveSession;
  readonly sockets: FakeSocket[];
  readonly latest: () => FakeSocket;
  readonly storage: Storage;
}

function setUp(
  options: { storage?: Storage; access?: "allowed" | "denied" | "unreachable" } = {},
): Setup {
  const sockets: FakeSocket[] = [];
  const storage = options.storage ?? memoryStorage();
  let keys = 0;
  const live = new LiveSession({
    sessionId: session.id,
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    checkAccess: async () => options.access ?? "allowed",
    storage,
    newKey: () => `key-${++keys}`,
    random: () => 1,
  });
  live.open();
  const latest = (): FakeSocket => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  };
  return { live, sockets, latest, storage };
}

function connected(options: Parameters<typeof setUp>[0] = {}): Setup {
  const setup = setUp(options);
  setup.latest().open();
  setup.latest().says(welcome());
  return setup;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("greeting", () => {
  test("the first message is a hello that brings nothing", () => {
    const { live, latest } = setUp();
    latest().open();
    expect(latest().sent).toEqual([{ id: 1, type: "hello", protocol: 1 }]);
    expect(live.getState().connection.phase).toBe("connecting");
    latest().says(welcome());
    expect(live.getState().connection.phase).toBe("connected");
    expect(live.getState().known?.session.reference).toBe("Case 4471");
  });

  test("subscribers hear of every change and a state never changes in place", () => {
    const { live, latest } = connected();
    const before = live.getState();
    let told = 0;
    live.subscribe(() => told++);
    latest().says({
      type: "event",
      number: 6,
      at: "2026-11-21T12:01:00Z",
      kind: "session_started",
    });
    expect(told).toBeGreaterThan(0);
    expect(before.known?.session.state).toBe("planned");
    expect(live.getState().known?.session.state).toBe("live");
  });
});

describe("events", () => {
  test("an event that was already seen changes nothing", () => {
    const { live, latest } = connected();
    const seen: string[] = [];
    live.onEvent((event) => seen.push(event.kind));
    latest().says({ type: "event", number: 5, at: "2026-11-21T12:01:00Z", kind: "session_ended" });
    expect(live.getState().known?.session.state).toBe("planned");
    expect(seen).toEqual([]);
  });

  test("an unknown kind of event is ignored but counted", () => {
    const { live, latest } = connected();
    latest().saysText(
      JSON.stringify({
        type: "event",
        number: 9,
        at: "2026-11-21T12:01:00Z",
        kind: "phase_of_the_moon",
      }),
    );
    expect(live.getState().known?.number).toBe(9);
    latest().saysText(JSON.stringify({ type: "also_unknown" }));
    latest().saysText("no json");
    expect(live.getState().connection.phase).toBe("connected");
  });

  test("hands are in the order they went up, and one who leaves takes the hand along", () => {
    const { live, latest } = connected();
    latest().says({
      type: "event",
      number: 6,
      at: "2026-11-21T12:02:00Z",
      kind: "hand_raised",
      participant: ME,
    });
    latest().says({
      type: "event",
      number: 7,
      at: "2026-11-21T12:01:00Z",
      kind: "hand_raised",
      participant: OTHER,
    });
    const known = live.getState().known;
    expect(known && handsInOrder(known).map((who) => who.id)).toEqual([OTHER, ME]);
    latest().says({
      type: "event",
      number: 8,
      at: "2026-11-21T12:03:00Z",
      kind: "participant_left",
      participant: OTHER,
      reason: "lost",
    });
    const after = live.getState().known;
    expect(after && handsInOrder(after).map((who) => who.id)).toEqual([ME]);
    expect(after?.participants.find((who) => who.id === OTHER)?.presence).toBe("absent");
  });

  test("admission changes who I am in the room", () => {
    const { live, latest } = setUp();
    latest().open();
    latest().says(welcome(5, { participants: [participant(ME, { presence: "waiting" })] }));
    latest().says({
      type: "event",
      number: 6,
      at: "2026-11-21T12:01:00Z",
      kind: "admitted",
      participant: ME,
    });
    const known = live.getState().known;
    expect(known && me(known)?.presence).toBe("present");
  });
});

describe("a lost socket", () => {
  test("is resumed with the epoch and the last number seen", async () => {
    const { live, sockets, latest } = connected();
    latest().says({
      type: "event",
      number: 12,
      at: "2026-11-21T12:01:00Z",
      kind: "session_started",
    });
    latest().drops();
    expect(live.getState().connection).toEqual({ phase: "reconnecting", attempt: 1 });
    await vi.advanceTimersByTimeAsync(250);
    expect(sockets).toHaveLength(2);
    latest().open();
    expect(latest().sent[0]).toEqual({
      id: 1,
      type: "hello",
      protocol: 1,
      resume: { epoch: EPOCH, number: 12 },
    });
    latest().says({ type: "resumed", number: 13 });
    latest().says({ type: "event", number: 13, at: "2026-11-21T12:02:00Z", kind: "session_ended" });
    expect(live.getState().connection.phase).toBe("connected");
    expect(live.getState().known?.session.state).toBe("ended");
  });

  test("is tried for ever, with pauses that grow to five seconds", async () => {
    const { live, sockets, latest } = connected();
    latest().drops();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const began = Date.now();
      const count = sockets.length;
      while (sockets.length === count) await vi.advanceTimersByTimeAsync(50);
      pauses.push(Date.now() - began);
      latest().drops();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
    expect(live.getState().connection.phase).toBe("reconnecting");
  });

  test("is tried at once when the network wakes up", async () => {
    const { live, sockets, latest } = connected();
    for (let attempt = 0; attempt < 5; attempt++) {
      latest().drops();
      await vi.advanceTimersByTimeAsync(5000);
    }
    latest().drops();
    await vi.advanceTimersByTimeAsync(0);
    const before = sockets.length;
    live.wake();
    expect(sockets).toHaveLength(before + 1);
    live.wake();
    expect(sockets).toHaveLength(before + 1);
  });

  test("is noticed when the server says nothing for 25 seconds", async () => {
    const { live, latest } = connected();
    const socket = latest();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(socket.sentOf("ping")).toHaveLength(2);
    expect(live.getState().connection.phase).toBe("connected");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(live.getState().connection.phase).toBe("reconnecting");
    expect(socket.closedByClient).toBe(true);
  });

  test("a restarted server's welcome replaces what was known", async () => {
    const { live, latest } = connected();
    latest().drops();
    await vi.advanceTimersByTimeAsync(250);
    latest().open();
    latest().says({
      ...welcome(1),
      epoch: "ffffffff-0000-7000-8000-000000000009",
    } as ServerMessage);
    expect(live.getState().known?.number).toBe(1);
    latest().says({
      type: "event",
      number: 2,
      at: "2026-11-21T12:01:00Z",
      kind: "session_started",
    });
    expect(live.getState().known?.session.state).toBe("live");
  });

  test("ends the attempts when access is denied", async () => {
    const { live, sockets, latest } = setUp({ access: "denied" });
    latest().drops();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(live.getState().connection).toEqual({ phase: "closed", reason: "denied" });
    expect(sockets).toHaveLength(1);
  });

  test("ends the attempts after a final word, not after the server stops", async () => {
    const stopping = connected();
    stopping.latest().says({ type: "closing", reason: "server_stopping" });
    stopping.latest().drops();
    expect(stopping.live.getState().connection.phase).toBe("reconnecting");

    const replaced = connected();
    replaced.latest().says({ type: "closing", reason: "replaced" });
    replaced.latest().drops();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(replaced.live.getState().connection).toEqual({ phase: "closed", reason: "replaced" });
    expect(replaced.sockets).toHaveLength(1);

    const over = connected();
    over.latest().drops(4410);
    expect(over.live.getState().connection).toEqual({ phase: "closed", reason: "session_over" });
  });

  test("an older page than the server says so instead of trying again", () => {
    const { live, latest } = setUp();
    latest().open();
    latest().says({ type: "failed", id: 1, code: "unsupported_protocol", detail: "Reload" });
    expect(live.getState().connection).toEqual({ phase: "closed", reason: "outdated" });
  });
});

describe("requests", () => {
  test("are answered under their number", async () => {
    const { live, latest } = connected();
    const admitted = live.request({ type: "admit", participant: OTHER });
    const refused = live.request({ type: "raise_hand" });
    const [admit] = latest().sentOf("admit");
    const [raise] = latest().sentOf("raise_hand");
    latest().says({
      type: "failed",
      id: Number(raise?.["id"]),
      code: "not_allowed",
      detail: "Not you",
    });
    latest().says({ type: "done", id: Number(admit?.["id"]) });
    await expect(admitted).resolves.toBeUndefined();
    await expect(refused).rejects.toMatchObject({ code: "not_allowed", message: "Not you" });
  });

  test("without an answer are sent again over the next socket", async () => {
    const { live, latest } = connected();
    const asked = live.request({ type: "raise_hand" });
    latest().drops();
    await vi.advanceTimersByTimeAsync(250);
    latest().open();
    latest().says({ type: "resumed", number: 5 });
    const [again] = latest().sentOf("raise_hand");
    latest().says({ type: "done", id: Number(again?.["id"]) });
    await expect(asked).resolves.toBeUndefined();
  });

  test("are given up after 30 seconds and then never sent", async () => {
    const { live, latest } = connected();
    latest().drops();
    const asked = live.request({ type: "remove", participant: OTHER });
    const outcome = expect(asked).rejects.toMatchObject({ code: "timed_out" });
    await vi.advanceTimersByTimeAsync(31_000);
    await outcome;
    latest().open();
    latest().says({ type: "resumed", number: 5 });
    expect(latest().sentOf("remove")).toEqual([]);
  });

  test("leaving says so, closes, and stays closed", async () => {
    const { live, sockets, latest } = connected();
    live.leave();
    expect(latest().sentOf("leave")).toHaveLength(1);
    expect(latest().closedByClient).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    await expect(live.request({ type: "raise_hand" })).rejects.toMatchObject({ code: "closed" });
  });
});

describe("chat", () => {
  const said = (number: number, key: string, text: string): ServerMessage => ({
    type: "event",
    number,
    at: "2026-11-21T12:01:00Z",
    kind: "chat",
    line: { key, from: ME, at: "2026-11-21T12:01:00Z", text },
  });

  test("a line is unsent until the server's event brings it back", () => {
    const { live, latest } = connected();
    live.say("Good morning");
    expect(latest().sentOf("say")).toEqual([
      { id: expect.any(Number), type: "say", key: "key-1", text: "Good morning" },
    ]);
    expect(live.getState().unsent).toEqual([{ key: "key-1", text: "Good morning" }]);
    latest().says(said(6, "key-1", "Good morning"));
    expect(live.getState().unsent).toEqual([]);
    expect(live.getState().known?.chat).toHaveLength(1);
    latest().says(said(7, "key-1", "Good morning"));
    expect(live.getState().known?.chat).toHaveLength(1);
  });

  test("lines written while the socket is lost go out in order, under the same key", async () => {
    const { live, latest } = connected();
    live.say("one");
    latest().drops();
    live.say("two");
    await vi.advanceTimersByTimeAsync(250);
    latest().open();
    latest().says({ type: "resumed", number: 6 });
    expect(
      latest()
        .sentOf("say")
        .map((message) => message["key"]),
    ).toEqual(["key-1", "key-2"]);
  });

  test("unsent lines survive a reload of the page", () => {
    const storage = memoryStorage();
    const first = connected({ storage });
    first.latest().drops();
    first.live.say("before the reload");
    const second = connected({ storage });
    expect(second.latest().sentOf("say")).toEqual([
      { id: expect.any(Number), type: "say", key: "key-1", text: "before the reload" },
    ]);
    second.latest().says(said(6, "key-1", "before the reload"));
    const third = connected({ storage });
    expect(third.latest().sentOf("say")).toEqual([]);
  });

  test("a line that the server refuses waits for its writer", () => {
    const { live, latest } = connected();
    live.say("too many words");
    const [line] = latest().sentOf("say");
    latest().says({
      type: "failed",
      id: Number(line?.["id"]),
      code: "too_many",
      detail: "Slow down",
    });
    expect(live.getState().unsent).toEqual([
      { key: "key-1", text: "too many words", failed: "too_many" },
    ]);
    live.retryLine("key-1");
    expect(latest().sentOf("say")).toHaveLength(2);
    live.discardLine("key-1");
    expect(live.getState().unsent).toEqual([]);
  });

  test("a line written before admission goes out after it", () => {
    const { live, latest } = setUp();
    latest().open();
    latest().says(welcome(5, { participants: [participant(ME, { presence: "waiting" })] }));
    live.say("hello?");
    expect(latest().sentOf("say")).toEqual([]);
    latest().says({
      type: "event",
      number: 6,
      at: "2026-11-21T12:01:00Z",
      kind: "admitted",
      participant: ME,
    });
    expect(latest().sentOf("say")).toHaveLength(1);
  });
});
