/** Who is shown large and who in the strip. Pure, so that the rules can be read and tested. */

import type { LiveKnowledge } from "../signaling/live-state";
import type { Participant, Role } from "../signaling/protocol.gen";

export interface Arrangement {
  readonly large: Participant | null;
  /** Everybody else who is in the session, without oneself. */
  readonly strip: readonly Participant[];
}

/** The interpreter comes first beside the room, then those who decide, then those who accompany. */
const ORDER: readonly Role[] = [
  "room_device",
  "interpreter",
  "lead_officer",
  "officer",
  "trainer",
  "peer",
  "guardian",
  "legal_adviser",
  "supporter",
  "observer",
];

/** `chosen` is whom the viewer made large, if anybody. The room is large otherwise, also while it is awaited. */
export function arrange(known: LiveKnowledge, chosen: string | null): Arrangement {
  const others = known.participants
    .filter((participant) => participant.id !== known.you)
    .filter((participant) => isHere(participant) || participant.role === "room_device")
    .sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role));
  const large =
    others.find((participant) => participant.id === chosen && isHere(participant)) ??
    others.find((participant) => participant.role === "room_device") ??
    others[0] ??
    null;
  return { large, strip: others.filter((participant) => participant !== large) };
}

function isHere(participant: Participant): boolean {
  return participant.presence === "present" || participant.presence === "reconnecting";
}
