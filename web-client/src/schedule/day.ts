/** A day at a site: which instants it covers, and its sessions by room. */

import { type CalendarDate, now, parseDate, toCalendarDate, today } from "@internationalized/date";
import type { Room, Session, SessionState } from "../api/types";

/** The day a text such as `2026-11-23` names; today at the site when it names none. */
export function dayOf(text: string | undefined, timeZone: string): CalendarDate {
  if (text) {
    try {
      return parseDate(text);
    } catch {
      // a mistyped address: today
    }
  }
  return today(timeZone);
}

/** Today at the site. */
export const todayAt = (timeZone: string): CalendarDate => toCalendarDate(now(timeZone));

/** First instant of the day and of the next one, as the API takes them. */
export function bounds(day: CalendarDate, timeZone: string): { from: string; to: string } {
  return {
    from: day.toDate(timeZone).toISOString(),
    to: day.add({ days: 1 }).toDate(timeZone).toISOString(),
  };
}

export interface RoomDay {
  readonly room: Room;
  readonly sessions: readonly Session[];
}

/** Every room of the site with its sessions in order of time, rooms in the order people count them. */
export function byRoom(
  rooms: readonly Room[],
  sessions: readonly Session[],
  siteId: string,
): RoomDay[] {
  const names = new Intl.Collator("en", { numeric: true });
  return rooms
    .filter((room) => room.site.id === siteId)
    .toSorted((one, other) => names.compare(one.name, other.name))
    .map((room) => ({
      room,
      sessions: sessions
        .filter((session) => session.room.id === room.id)
        .toSorted((one, other) => one.startsAt.localeCompare(other.startsAt)),
    }));
}

/** How many sessions there are in each state. */
export function counts(sessions: readonly Session[]): Record<SessionState, number> {
  const result: Record<SessionState, number> = { planned: 0, live: 0, ended: 0, cancelled: 0 };
  for (const { state } of sessions) result[state] += 1;
  return result;
}

/** Still ahead or going on. */
export const isOpen = (session: Session): boolean =>
  session.state === "planned" || session.state === "live";

/** The one to look at now: the live one, else the one that starts next or should have started. */
export function upNext(sessions: readonly Session[], at: Date): Session | undefined {
  const open = sessions
    .filter((session) => isOpen(session) && new Date(session.endsAt) > at)
    .toSorted((one, other) => one.startsAt.localeCompare(other.startsAt));
  return open.find((session) => session.state === "live") ?? open[0];
}

/** Whole minutes until the session's planned start; negative once it is past. */
export const minutesUntil = (session: Session, at: Date): number =>
  Math.ceil((new Date(session.startsAt).getTime() - at.getTime()) / 60_000);

/** A planned session whose end is past: nobody came. */
export const wasMissed = (session: Session, at: Date): boolean =>
  session.state === "planned" && new Date(session.endsAt) <= at;

export const lengthMinutes = (session: Session): number =>
  Math.round((Date.parse(session.endsAt) - Date.parse(session.startsAt)) / 60_000);
