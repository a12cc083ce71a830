/**
 * What somebody at the room's device says with one press. It travels as a line of the chat, in a
 * form that no person types, and every client shows it in the words of its own language.
 */

export type RoomSignal = "cannot_hear" | "help";

const TEXTS: Record<RoomSignal, string> = { cannot_hear: "[cannot_hear]", help: "[help]" };

export const signalText = (signal: RoomSignal): string => TEXTS[signal];

/** The signal a line stands for, if it is one. */
export function signalOf(text: string): RoomSignal | null {
  if (text === TEXTS.cannot_hear) return "cannot_hear";
  return text === TEXTS.help ? "help" : null;
}
