/**
 * What a client knows of a live session, and how each message of the server changes it.
 * Pure: no socket, no clock. `live-session.ts` feeds it.
 */

import type {
  ChatLine,
  Event,
  LeaveReason,
  Participant,
  ParticipantId,
  ServerMessage,
  SessionView,
} from "./protocol.gen";

/** What the client holds since its first welcome. */
export interface LiveKnowledge {
  readonly epoch: string;
  /** The number of the last event seen; what a resume names. */
  readonly number: number;
  readonly you: ParticipantId;
  readonly session: SessionView;
  readonly participants: readonly Participant[];
  readonly chat: readonly ChatLine[];
}

/** The messages that carry knowledge; `done`, `failed` and `closing` are the socket's business. */
export type KnowledgeMessage = Extract<ServerMessage, { type: "welcome" | "resumed" | "event" }>;

/** What is known after a message. An event that was already seen, or is of a kind unknown here, changes nothing else. */
export function reduce(
  known: LiveKnowledge | null,
  message: KnowledgeMessage,
): LiveKnowledge | null {
  switch (message.type) {
    case "welcome":
      return {
        epoch: message.epoch,
        number: message.number,
        you: message.you,
        session: message.snapshot.session,
        participants: message.snapshot.participants,
        chat: message.snapshot.chat,
      };
    case "resumed":
      return known;
    case "event":
      if (known === null || message.number <= known.number) return known;
      return { ...applyEvent(known, message), number: message.number };
    default:
      return message satisfies never;
  }
}

/** The participant the client itself is. */
export function me(known: LiveKnowledge): Participant | undefined {
  return known.participants.find((participant) => participant.id === known.you);
}

/** The hands that are up, first come first. */
export function handsInOrder(known: LiveKnowledge): readonly Participant[] {
  return known.participants
    .filter((participant) => participant.handRaisedAt !== undefined)
    .sort((a, b) => (a.handRaisedAt ?? "").localeCompare(b.handRaisedAt ?? ""));
}

function applyEvent(known: LiveKnowledge, event: Event): LiveKnowledge {
  switch (event.kind) {
    case "waiting":
      return change(known, event.participant, (who) => ({ ...who, presence: "waiting" }));
    case "admitted":
      return change(known, event.participant, (who) => ({ ...who, presence: "present" }));
    case "refused":
      return change(known, event.participant, (who) => ({
        ...withoutHand(who),
        presence: "refused",
      }));
    case "participant_arrived":
      return arrived(known, event.participant);
    case "participant_reconnecting":
      return change(known, event.participant, (who) => ({ ...who, presence: "reconnecting" }));
    case "participant_left":
      return change(known, event.participant, (who) => ({
        ...withoutHand(who),
        presence: presenceAfter(event.reason),
      }));
    case "hand_raised":
      return change(known, event.participant, (who) => ({ ...who, handRaisedAt: event.at }));
    case "hand_lowered":
      return change(known, event.participant, withoutHand);
    case "chat":
      return withLine(known, event.line);
    case "session_started":
      return {
        ...known,
        session: {
          ...known.session,
          state: "live",
          startedAt: known.session.startedAt ?? event.at,
        },
      };
    case "session_ended":
      return { ...known, session: { ...known.session, state: "ended" } };
    case "session_changed":
      return { ...known, session: event.session };
    default:
      event satisfies never;
      return known;
  }
}

function change(
  known: LiveKnowledge,
  id: ParticipantId,
  apply: (who: Participant) => Participant,
): LiveKnowledge {
  return {
    ...known,
    participants: known.participants.map((who) => (who.id === id ? apply(who) : who)),
  };
}

function arrived(known: LiveKnowledge, participant: Participant): LiveKnowledge {
  if (known.participants.some((who) => who.id === participant.id)) {
    return change(known, participant.id, () => participant);
  }
  return { ...known, participants: [...known.participants, participant] };
}

function withoutHand(who: Participant): Participant {
  const { handRaisedAt: _, ...rest } = who;
  return rest;
}

function presenceAfter(reason: LeaveReason): Participant["presence"] {
  return reason === "removed" ? "refused" : "absent";
}

function withLine(known: LiveKnowledge, line: ChatLine): LiveKnowledge {
  if (known.chat.some((said) => said.key === line.key)) return known;
  return { ...known, chat: [...known.chat, line] };
}
