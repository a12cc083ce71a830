// Made by `make generate` from signaling/protocol. Do not edit.

/** A line of the chat. */
export type ChatLine = {
/** Made by the writer's client. */
key: string,
/** Who wrote it. */
from: ParticipantId,
/** When, RFC 3339 UTC. */
at: string,
/** The line. */
text: string, };

/** What a client may ask for. */
export type ClientMessage = { "type": "hello",
/** The version of this protocol the client speaks; 1. */
protocol: number,
/** What the client already holds, after a lost socket. */
resume?: Resume, } | { "type": "admit",
/** Who waits. */
participant: ParticipantId, } | { "type": "refuse",
/** Who waits. */
participant: ParticipantId, } | { "type": "remove",
/** Who is taken out. */
participant: ParticipantId, } | { "type": "raise_hand" } | { "type": "lower_hand",
/** Whose hand; absent for one's own. */
participant?: ParticipantId, } | { "type": "say",
/** Made by the client; the same key twice is one line. */
key: string,
/** At most 2,000 characters. */
text: string, } | { "type": "ping" } | { "type": "leave" };

/** Why a request was refused. A code never changes meaning; new ones may be added. */
export type ErrorCode = "not_allowed" | "unknown_participant" | "not_admitted" | "session_over" | "bad_text" | "too_many" | "bad_message" | "unsupported_protocol";

/** A numbered change. */
export type Event = { number: number; at: string } & EventKind;

/** What changed. */
export type EventKind = { "kind": "waiting",
/** Who. */
participant: ParticipantId, } | { "kind": "admitted",
/** Who. */
participant: ParticipantId,
/** By whom; absent where the role needs no admission. */
by?: ParticipantId, } | { "kind": "refused",
/** Who. */
participant: ParticipantId,
/** By whom. */
by: ParticipantId, } | { "kind": "participant_arrived",
/** Who, as the room now sees them. */
participant: Participant, } | { "kind": "participant_reconnecting",
/** Who. */
participant: ParticipantId, } | { "kind": "participant_left",
/** Who. */
participant: ParticipantId,
/** Why. */
reason: LeaveReason, } | { "kind": "hand_raised",
/** Who. */
participant: ParticipantId, } | { "kind": "hand_lowered",
/** Whose. */
participant: ParticipantId, } | { "kind": "chat",
/** The line. */
line: ChatLine, } | { "kind": "session_started" } | { "kind": "session_ended" } | { "kind": "session_changed",
/** The session as it now is. */
session: SessionView, };

/** Why a participant is no longer here. */
export type LeaveReason = "left" | "lost" | "removed" | "replaced" | "session_over" | "server_stopping" | "protocol_error" | "too_slow";

/** Somebody in the session. */
export type Participant = {
/** Stable over the session; also the identity in the media conversation. */
id: ParticipantId,
/** The name to show. */
name: string,
/** What they are here. */
role: Role,
/** Whether they are here. */
presence: Presence,
/** When the hand went up, RFC 3339 UTC; hands are taken in this order. */
handRaisedAt?: string,
/** Whether they may admit others, start and end. */
mayAdmit: boolean, };

/** One person's or one room device's place in one session. */
export type ParticipantId = string;

/** Whether a participant is here. */
export type Presence = "absent" | "waiting" | "present" | "reconnecting" | "refused";

/** A numbered request. The server answers each with `done` or `failed` under the same number. */
export type Request = { id: number } & ClientMessage;

/** What a client holds already. */
export type Resume = {
/** `epoch` of the welcome it had. */
epoch: string,
/** The number of the last event it saw. */
number: number, };

/** What a participant is in one session. Decides what the person may do there. */
export type Role = "lead_officer" | "officer" | "interpreter" | "room_device" | "guardian" | "legal_adviser" | "observer" | "supporter" | "trainer" | "peer";

/** From the server to a client. */
export type ServerMessage = { "type": "welcome",
/** Names this life of the room; changes when the server restarts. */
epoch: string,
/** The number of the last event the snapshot contains. */
number: number,
/** Which of the participants the client is. */
you: ParticipantId,
/** The state. */
snapshot: Snapshot, } | { "type": "resumed",
/** The number of the last event that follows. */
number: number, } | { "type": "event" } & Event | { "type": "done",
/** The request's number. */
id: number, } | { "type": "failed",
/** The request's number. */
id: number,
/** What a client may match on. */
code: ErrorCode,
/** What a person may read. */
detail: string, } | { "type": "closing",
/** Why. */
reason: LeaveReason, };

/** A booked session. */
export type SessionId = string;

/** What a session is for. */
export type SessionKind = "interview" | "orientation" | "peer_call" | "rehearsal";

/** Where a session stands. Only forward: planned, then live, then ended; or planned, then cancelled. */
export type SessionState = "planned" | "live" | "ended" | "cancelled";

/** A session as its participants see it. */
export type SessionView = {
/** Its id. */
id: SessionId,
/** What it is for. */
kind: SessionKind,
/** Where it stands. */
state: SessionState,
/** The pseudonymous reference of the case or group; empty to those who may not see it. */
reference: string,
/** Planned start, RFC 3339 UTC. */
startsAt: string,
/** Planned end, RFC 3339 UTC. */
endsAt: string,
/** When the lead started it, RFC 3339 UTC. */
startedAt?: string,
/** The room's name, such as "Room 2". */
roomName: string,
/** The site's name, such as "ETC Timișoara". */
siteName: string,
/** The site's IANA time zone. */
timeZone: string,
/** The applicant's language, BCP 47. */
language: string, };

/** The state of a room as one participant may see it. */
export type Snapshot = {
/** The session. */
session: SessionView,
/** Everybody booked, present or not. To a participant who still waits: names and roles only of
 * those who are there. */
participants: Array<Participant>,
/** The chat so far; empty for one who waits. */
chat: Array<ChatLine>, };

/** The version to name in `hello`. */
export const PROTOCOL = 1;

/** Why the server closed the socket, by the code of the close event. */
export const CLOSE_CODES = {
  1000: "left",
  1012: "server_stopping",
  4400: "bad_message",
  4403: "removed",
  4408: "timed_out",
  4409: "replaced",
  4410: "session_over",
  4413: "too_big",
  4425: "too_slow",
  4429: "too_many",
} as const;
