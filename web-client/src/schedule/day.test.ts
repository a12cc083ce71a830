/** A day at a site. */

import { parseDate } from "@internationalized/date";
import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { bounds, byRoom, counts, dayOf, minutesUntil, upNext, wasMissed } from "./day";
import { room, session } from "./testing";

const at = (time: string) => new Date(`2026-11-23T${time}:00Z`);
const named = (id: string, starts: string, ends: string, part: Partial<Session> = {}) =>
  session({
    id,
    startsAt: `2026-11-23T${starts}:00Z`,
    endsAt: `2026-11-23T${ends}:00Z`,
    ...part,
  });

describe("a day", () => {
  it("lasts from midnight to midnight at the site", () => {
    expect(bounds(parseDate("2026-11-23"), "Europe/Bucharest")).toEqual({
      from: "2026-11-22T22:00:00.000Z",
      to: "2026-11-23T22:00:00.000Z",
    });
  });

  it("has 25 hours when summer time ends", () => {
    const { from, to } = bounds(parseDate("2026-10-25"), "Europe/Bucharest");
    expect((Date.parse(to) - Date.parse(from)) / 3_600_000).toBe(25);
  });

  it("is today when the address names none, or nonsense", () => {
    const today = dayOf(undefined, "Europe/Bucharest");
    expect(dayOf("yesterday-ish", "Europe/Bucharest").compare(today)).toBe(0);
    expect(dayOf("2026-11-23", "Europe/Bucharest").toString()).toBe("2026-11-23");
  });
});

describe("sessions of a day", () => {
  it("stand under their rooms, counted as people count, in order of time", () => {
    const rooms = [room("r10", "Room 10"), room("r2", "Room 2")];
    const late = named("late", "10:00", "11:00", { room: { ...session().room, id: "r2" } });
    const early = named("early", "08:00", "09:00", { room: { ...session().room, id: "r2" } });

    const days = byRoom(rooms, [late, early], "site");

    expect(days.map((day) => [day.room.name, day.sessions.map(({ id }) => id)])).toEqual([
      ["Room 2", ["early", "late"]],
      ["Room 10", []],
    ]);
  });

  it("are counted by state", () => {
    const live = named("a", "08:00", "09:00", { state: "live" });
    expect(counts([live, named("b", "10:00", "11:00")])).toEqual({
      planned: 1,
      live: 1,
      ended: 0,
      cancelled: 0,
    });
  });
});

describe("what is next", () => {
  it("is the live one before any other", () => {
    const live = named("live", "09:00", "10:00", { state: "live" });
    expect(upNext([named("soon", "09:30", "10:30"), live], at("09:40"))?.id).toBe("live");
  });

  it("is one that should have started, before one later", () => {
    const sessions = [named("later", "10:00", "11:00"), named("late", "09:00", "10:00")];
    expect(upNext(sessions, at("09:20"))?.id).toBe("late");
  });

  it("is nothing that was cancelled or is past its end", () => {
    const sessions = [
      named("cancelled", "10:00", "11:00", { state: "cancelled" }),
      named("past", "07:00", "08:00"),
    ];
    expect(upNext(sessions, at("09:00"))).toBeUndefined();
  });

  it("counts down in whole minutes", () => {
    const next = named("next", "10:00", "11:00");
    expect(minutesUntil(next, at("09:48"))).toBe(12);
    expect(minutesUntil(next, at("10:03"))).toBe(-3);
  });

  it("did not take place when it is planned still after its end", () => {
    expect(wasMissed(named("gone", "07:00", "08:00"), at("08:00"))).toBe(true);
    expect(wasMissed(named("on", "07:00", "08:00", { state: "ended" }), at("09:00"))).toBe(false);
  });
});
