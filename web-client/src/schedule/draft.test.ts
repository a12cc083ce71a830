/** A session while it is being typed. */

import { parseDate, Time } from "@internationalized/date";
import { describe, expect, it } from "vitest";
import { Problem } from "../api/problem";
import {
  checkDraft,
  type Draft,
  emptyDraft,
  mistakesOf,
  nextQuarter,
  planOf,
  rebase,
  toChange,
  toNewSession,
  withKind,
} from "./draft";
import { session } from "./testing";

const ZONE = "Europe/Bucharest";
const EARLIER = new Date("2026-11-20T09:00:00Z");

const draft = (part: Partial<Draft> = {}): Draft => ({
  ...emptyDraft({ day: parseDate("2026-11-23"), time: new Time(9, 0), roomId: "room" }),
  reference: " NLD-2026-014 ",
  language: "ti",
  leadId: "jansen",
  interpreterId: "selam",
  ...part,
});

const refused = (body: Partial<ConstructorParameters<typeof Problem>[0]>) =>
  new Problem({ status: 422, code: "invalid", title: "", ...body });

describe("a draft", () => {
  it("is sent in UTC, with everybody in their role", () => {
    const guests = [{ key: 1, role: "guardian" as const, name: " Abeba " }];
    expect(toNewSession(draft({ officerIds: ["vries", "jansen"], guests }), ZONE)).toEqual({
      kind: "interview",
      reference: "NLD-2026-014",
      startsAt: "2026-11-23T07:00:00.000Z",
      endsAt: "2026-11-23T08:30:00.000Z",
      roomId: "room",
      language: "ti",
      participants: [
        { role: "lead_officer", userId: "jansen" },
        { role: "officer", userId: "vries" },
        { role: "interpreter", userId: "selam" },
        { role: "guardian", name: "Abeba" },
      ],
    });
  });

  it("without mistakes has none", () => {
    expect(checkDraft(draft(), ZONE, EARLIER)).toEqual({});
  });

  it("names every field that is missing at once", () => {
    const empty = emptyDraft({ day: parseDate("2026-11-23"), time: new Time(9, 0) });
    expect(Object.keys(checkDraft(empty, ZONE, EARLIER))).toEqual([
      "reference",
      "roomId",
      "language",
      "leadId",
      "interpreter",
    ]);
  });

  it("may start a little ago, but not be over already", () => {
    const at = new Date("2026-11-23T08:00:00Z");
    expect(checkDraft(draft(), ZONE, at)).toEqual({});
    expect(checkDraft(draft({ minutes: 60 }), ZONE, at)).toEqual({ time: { code: "past" } });
  });

  it("asks a guest's name", () => {
    const nobody = { interpreterSource: "name" as const, interpreterName: "  " };
    expect(checkDraft(draft(nobody), ZONE, EARLIER)).toEqual({
      interpreter: { code: "required" },
    });
  });

  it("of a peer call needs a peer, and brings one along", () => {
    const call = withKind(draft(), "peer_call");
    expect(call.guests.map((guest) => guest.role)).toEqual(["peer"]);
    expect(checkDraft({ ...call, leadId: "vries", guests: [] }, ZONE, EARLIER)).toEqual({
      guests: { code: "peer_missing" },
    });
  });

  it("of another kind keeps nobody who has no place in it", () => {
    const orientation = withKind(draft({ officerIds: ["vries"] }), "orientation");
    expect([orientation.leadId, orientation.officerIds]).toEqual([null, []]);
    expect(withKind(draft(), "rehearsal").leadId).toBe("jansen");
  });

  it("starts at the next quarter of an hour", () => {
    expect(String(nextQuarter(9, 0))).toBe("09:15:00");
    expect(String(nextQuarter(9, 50))).toBe("10:00:00");
    expect(String(nextQuarter(23, 58))).toBe("23:45:00");
  });
});

describe("a refusal", () => {
  const taken = (kind: string, id: string) =>
    refused({ status: 409, code: "slot_taken", resource: { kind, id, name: "That one" } });

  it("of a taken room or person is shown at their field, by name", () => {
    const there = { code: "taken", name: "That one" };
    expect(mistakesOf(taken("room", "room"), draft())).toEqual({ roomId: there });
    expect(mistakesOf(taken("person", "selam"), draft())).toEqual({ interpreter: there });
    expect(mistakesOf(taken("person", "vries"), draft({ officerIds: ["vries"] }))).toEqual({
      officerIds: there,
    });
  });

  it("of somebody who is in no field is shown at the time", () => {
    const plan = planOf(session());
    expect(mistakesOf(taken("person", "selam"), plan)).toEqual({
      time: { code: "taken", name: "That one" },
    });
  });

  it("of a participant is shown where they were named", () => {
    const errors = [
      { path: "participants/1/userId", code: "not_qualified", detail: "" },
      { path: "/endsAt", code: "past", detail: "" },
      { path: "reference", code: "not_one_line", detail: "" },
      { path: "somethingNew", code: "odd", detail: "" },
    ];
    expect(mistakesOf(refused({ errors }), draft())).toEqual({
      interpreter: { code: "not_qualified" },
      time: { code: "past" },
      reference: { code: "not_valid" },
    });
  });
});

describe("a change", () => {
  const opened = session();

  it("sends only what differs", () => {
    expect(toChange(planOf(opened), opened, ZONE)).toEqual({});
    expect(toChange({ ...planOf(opened), time: new Time(10, 0) }, opened, ZONE)).toEqual({
      startsAt: "2026-11-23T08:00:00.000Z",
      endsAt: "2026-11-23T09:30:00.000Z",
    });
    expect(toChange({ ...planOf(opened), roomId: "other" }, opened, ZONE)).toEqual({
      roomId: "other",
    });
  });

  it("laid over somebody else's keeps what was typed and takes the rest from theirs", () => {
    const mine = { ...planOf(opened), reference: "NLD-2026-015" };
    const theirs = planOf(session({ language: "ar", startsAt: "2026-11-23T06:30:00Z" }));

    const merged = rebase(mine, planOf(opened), theirs);

    expect(merged).toEqual({ ...theirs, reference: "NLD-2026-015" });
  });
});
