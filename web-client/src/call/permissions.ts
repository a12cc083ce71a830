/** What is offered to whom in a call. The room decides; this only spares people buttons that refuse. */

import type { Participant, Role } from "../signaling/protocol.gen";

/** Starts and ends the session: the same people who keep the door. */
export const leads = (who: Participant): boolean => who.mayAdmit;

/** They take out staff, and nobody takes them out: a session never loses its lead. */
const FIRST: readonly Role[] = ["lead_officer", "trainer"];

export function mayRemove(you: Participant, who: Participant): boolean {
  if (!you.mayAdmit || who.id === you.id || FIRST.includes(who.role)) return false;
  return who.role !== "officer" || FIRST.includes(you.role);
}

/** Observers are silent in writing, too. */
export const maySay = (you: Participant): boolean => you.role !== "observer";
