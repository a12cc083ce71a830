/**
 * A session while it is being typed: what is missing, what the server would be sent, and where in the
 * form a refusal belongs. No React in here.
 */

import {
  type CalendarDate,
  parseAbsolute,
  Time,
  toCalendarDate,
  toCalendarDateTime,
  toTime,
  toZoned,
} from "@internationalized/date";
import type { Problem } from "../api/problem";
import type {
  NewParticipant,
  NewSession,
  Person,
  Role,
  Session,
  SessionChange,
  SessionKind,
} from "../api/types";
import { lengthMinutes } from "./day";

/** What can be set when booking and changed later. */
export interface Plan {
  readonly reference: string;
  readonly day: CalendarDate | null;
  readonly time: Time | null;
  readonly minutes: number;
  readonly roomId: string | null;
  readonly language: string | null;
}

/** Where the interpreter comes from. */
export type InterpreterSource = "none" | "list" | "name";

/** Somebody without an account, who comes by a link. */
export interface Guest {
  readonly key: number;
  readonly role: GuestRole;
  readonly name: string;
}

export const GUEST_ROLES = [
  "guardian",
  "legal_adviser",
  "supporter",
  "observer",
  "peer",
] as const satisfies readonly Role[];
export type GuestRole = (typeof GUEST_ROLES)[number];

export interface Draft extends Plan {
  readonly kind: SessionKind;
  readonly leadId: string | null;
  readonly officerIds: readonly string[];
  readonly interpreterSource: InterpreterSource;
  readonly interpreterId: string | null;
  readonly interpreterName: string;
  readonly guests: readonly Guest[];
}

/** A field of the form, as mistakes name it. */
export type Field =
  | "reference"
  | "day"
  | "time"
  | "minutes"
  | "roomId"
  | "language"
  | "leadId"
  | "officerIds"
  | "interpreter"
  | "guests"
  | `guest-${number}`;

/** What is wrong with a field. `taken` carries the name of what is taken. */
export type Mistake =
  | { readonly code: "required" | "past" | "too_long" | "not_valid" | "duplicate" }
  | { readonly code: "not_qualified" | "peer_missing" | "too_many" }
  | { readonly code: "taken"; readonly name: string };

export type Mistakes = Partial<Record<Field, Mistake>>;

const REFERENCE_LONGEST = 64;
const NAME_LONGEST = 100;

/** Starts and ends on these minutes; resources are claimed in slots of five. */
export const LENGTHS = [15, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 360] as const;

export interface Starting {
  readonly day: CalendarDate;
  readonly time: Time;
  readonly roomId?: string | undefined;
}

export const emptyDraft = ({ day, time, roomId }: Starting): Draft => ({
  kind: "interview",
  reference: "",
  day,
  time,
  minutes: 90,
  roomId: roomId ?? null,
  language: null,
  leadId: null,
  officerIds: [],
  interpreterSource: "list",
  interpreterId: null,
  interpreterName: "",
  guests: [],
});

export const planOf = (session: Session): Plan => {
  const start = parseAbsolute(session.startsAt, session.room.timeZone);
  return {
    reference: session.reference,
    day: toCalendarDate(start),
    time: toTime(start),
    minutes: lengthMinutes(session),
    roomId: session.room.id,
    language: session.language,
  };
};

/** The role of the one who leads a session of this kind. */
export const leadRole = (kind: SessionKind): "lead_officer" | "trainer" =>
  kind === "interview" || kind === "rehearsal" ? "lead_officer" : "trainer";

/** Those who may lead a session of this kind. */
export const leaders = (people: readonly Person[], kind: SessionKind): Person[] =>
  people.filter((person) =>
    person.roles.includes(leadRole(kind) === "trainer" ? "trainer" : "officer"),
  );

/** Whether this kind has officers besides its lead. */
export const hasOfficers = (kind: SessionKind): boolean => leadRole(kind) === "lead_officer";

/** The guests a session of this kind may have. */
export function guestRoles(kind: SessionKind): GuestRole[] {
  switch (kind) {
    case "interview":
      return ["guardian", "legal_adviser", "supporter", "observer"];
    case "orientation":
    case "peer_call":
      return ["peer", "guardian", "supporter", "observer"];
    case "rehearsal":
      return [...GUEST_ROLES];
    default:
      return kind satisfies never;
  }
}

/** Another kind keeps what still has a place in it. */
export function withKind(draft: Draft, kind: SessionKind): Draft {
  const allowed = guestRoles(kind);
  const sameLead = leadRole(draft.kind) === leadRole(kind);
  const guests = draft.guests.filter((guest) => allowed.includes(guest.role));
  const needsPeer = kind === "peer_call" && !guests.some((guest) => guest.role === "peer");
  return {
    ...draft,
    kind,
    leadId: sameLead ? draft.leadId : null,
    officerIds: hasOfficers(kind) ? draft.officerIds : [],
    guests: needsPeer ? [...guests, { key: nextKey(guests), role: "peer", name: "" }] : guests,
  };
}

export const nextKey = (guests: readonly Guest[]): number =>
  1 + Math.max(0, ...guests.map((guest) => guest.key));

/** When the plan starts and ends, once it has a day and a time. */
export function slotOf(plan: Plan, timeZone: string): { start: Date; end: Date } | undefined {
  if (!plan.day || !plan.time) return undefined;
  const start = toZoned(toCalendarDateTime(plan.day, plan.time), timeZone).toDate();
  return { start, end: new Date(start.getTime() + plan.minutes * 60_000) };
}

export function checkPlan(plan: Plan, timeZone: string, at: Date): Mistakes {
  const slot = slotOf(plan, timeZone);
  const reference = plan.reference.trim();
  return {
    ...(reference === "" && { reference: { code: "required" } }),
    ...(reference.length > REFERENCE_LONGEST && { reference: { code: "too_long" } }),
    ...(!plan.day && { day: { code: "required" } }),
    ...(!plan.time && { time: { code: "required" } }),
    ...(slot && slot.end <= at && { time: { code: "past" } }),
    ...(!plan.roomId && { roomId: { code: "required" } }),
    ...(!plan.language && { language: { code: "required" } }),
  };
}

export function checkDraft(draft: Draft, timeZone: string, at: Date): Mistakes {
  const mistakes = checkPlan(draft, timeZone, at);
  if (!draft.leadId) mistakes.leadId = { code: "required" };
  if (draft.interpreterSource === "list" && !draft.interpreterId) {
    mistakes.interpreter = { code: "required" };
  }
  if (draft.interpreterSource === "name") {
    const mistake = nameMistake(draft.interpreterName);
    if (mistake) mistakes.interpreter = mistake;
  }
  for (const guest of draft.guests) {
    const mistake = nameMistake(guest.name);
    if (mistake) mistakes[`guest-${guest.key}`] = mistake;
  }
  if (draft.kind === "peer_call" && !draft.guests.some((guest) => guest.role === "peer")) {
    mistakes.guests = { code: "peer_missing" };
  }
  return mistakes;
}

function nameMistake(name: string): Mistake | undefined {
  if (name.trim() === "") return { code: "required" };
  return name.trim().length > NAME_LONGEST ? { code: "too_long" } : undefined;
}

interface Seat {
  readonly field: Field;
  readonly participant: NewParticipant;
}

/** Who takes part, each with the field of the form they were named in. */
function seats(draft: Draft): Seat[] {
  const seats: Seat[] = [];
  if (draft.leadId) {
    const role = leadRole(draft.kind);
    seats.push({ field: "leadId", participant: { role, userId: draft.leadId } });
  }
  for (const userId of draft.officerIds) {
    if (userId !== draft.leadId) {
      seats.push({ field: "officerIds", participant: { role: "officer", userId } });
    }
  }
  if (draft.interpreterSource === "list" && draft.interpreterId) {
    const userId = draft.interpreterId;
    seats.push({ field: "interpreter", participant: { role: "interpreter", userId } });
  }
  if (draft.interpreterSource === "name") {
    const name = draft.interpreterName.trim();
    seats.push({ field: "interpreter", participant: { role: "interpreter", name } });
  }
  for (const guest of draft.guests) {
    const participant = { role: guest.role, name: guest.name.trim() };
    seats.push({ field: `guest-${guest.key}`, participant });
  }
  return seats;
}

/** What to send; only of a draft without mistakes. */
export function toNewSession(draft: Draft, timeZone: string): NewSession {
  const slot = slotOf(draft, timeZone);
  if (!slot || !draft.roomId || !draft.language) throw new Error("the draft has mistakes");
  return {
    kind: draft.kind,
    reference: draft.reference.trim(),
    startsAt: slot.start.toISOString(),
    endsAt: slot.end.toISOString(),
    roomId: draft.roomId,
    language: draft.language,
    participants: seats(draft).map((seat) => seat.participant),
  };
}

/** What to send to make `session` as planned; empty when nothing differs. */
export function toChange(plan: Plan, session: Session, timeZone: string): SessionChange {
  const slot = slotOf(plan, timeZone);
  if (!slot || !plan.roomId || !plan.language) throw new Error("the plan has mistakes");
  const startsAt = slot.start.toISOString();
  const endsAt = slot.end.toISOString();
  const moved =
    Date.parse(startsAt) !== Date.parse(session.startsAt) ||
    Date.parse(endsAt) !== Date.parse(session.endsAt);
  return {
    ...(moved && { startsAt, endsAt }),
    ...(plan.roomId !== session.room.id && { roomId: plan.roomId }),
    ...(plan.language !== session.language && { language: plan.language }),
    ...(plan.reference.trim() !== session.reference && { reference: plan.reference.trim() }),
  };
}

/**
 * The plan on top of a newer version of the session: what was typed stays, what was not touched
 * follows the newer version.
 */
export function rebase(plan: Plan, old: Plan, newer: Plan): Plan {
  const same = (one: unknown, other: unknown) => String(one) === String(other);
  const pick = <Key extends keyof Plan>(key: Key): Plan[Key] =>
    same(plan[key], old[key]) ? newer[key] : plan[key];
  return {
    reference: pick("reference"),
    day: pick("day"),
    time: pick("time"),
    minutes: pick("minutes"),
    roomId: pick("roomId"),
    language: pick("language"),
  };
}

/** Where in the form the server's refusal belongs; empty when it is not about a field. */
export function mistakesOf(problem: Problem, draft: Plan | Draft): Mistakes {
  const seated = "leadId" in draft ? seats(draft) : [];
  if (problem.code === "slot_taken" && problem.resource) {
    const { kind, id, name } = problem.resource;
    const field =
      kind === "room" ? "roomId" : seated.find((seat) => seat.participant.userId === id)?.field;
    const taken: Mistakes = {};
    taken[field ?? "time"] = { code: "taken", name };
    return taken;
  }
  const mistakes: Mistakes = {};
  for (const { path, code } of problem.errors) {
    const field = fieldOf(path, seated);
    if (field) mistakes[field] = { code: mistakeCode(code) };
  }
  return mistakes;
}

const PLAIN_FIELDS: Record<string, Field> = {
  startsAt: "time",
  endsAt: "time",
  reference: "reference",
  language: "language",
  roomId: "roomId",
  participants: "leadId",
};

function fieldOf(path: string, seated: readonly Seat[]): Field | undefined {
  const [head = "", index] = path.replace(/^\//, "").split(/[/.]/);
  if (head === "participants" && index !== undefined) return seated[Number(index)]?.field;
  return PLAIN_FIELDS[head];
}

type PlainCode = Exclude<Mistake, { code: "taken" }>["code"];

function mistakeCode(code: string): PlainCode {
  switch (code) {
    case "empty":
    case "role_missing":
      return "required";
    case "past":
    case "too_long":
    case "duplicate":
    case "not_qualified":
      return code;
    case "too_many_of_role":
    case "too_many_participants":
      return "too_many";
    default:
      return "not_valid";
  }
}

/** The next quarter of an hour, for a form that opens on today. */
export function nextQuarter(hour: number, minute: number): Time {
  const minutes = Math.min((Math.floor((hour * 60 + minute) / 15) + 1) * 15, 23 * 60 + 45);
  return new Time(Math.floor(minutes / 60), minutes % 60);
}
