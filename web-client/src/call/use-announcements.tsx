/** Says what happens in the session to those who hear the page instead of seeing it. */

import { useEffect, useState } from "react";
import { type IntlShape, useIntl } from "react-intl";
import type { LiveSession } from "../signaling/live-session";
import type { LiveKnowledge } from "../signaling/live-state";
import type { ChatLine, Event } from "../signaling/protocol.gen";
import { lineText } from "./line-text";
import { signalOf } from "./room-signal";

/** The words for an event, or none where it is about oneself or of no weight. */
export function announcement(event: Event, known: LiveKnowledge, intl: IntlShape): string | null {
  const name = (id: string) => known.participants.find((who) => who.id === id)?.name ?? "";
  switch (event.kind) {
    case "waiting":
      return intl.formatMessage({ id: "call.say.waiting" }, { name: name(event.participant) });
    case "participant_arrived":
      return event.participant.id === known.you
        ? null
        : intl.formatMessage({ id: "call.say.arrived" }, { name: event.participant.name });
    case "participant_reconnecting":
      return event.participant === known.you
        ? null
        : intl.formatMessage({ id: "call.say.lost" }, { name: name(event.participant) });
    case "participant_left":
      return intl.formatMessage({ id: "call.say.left" }, { name: name(event.participant) });
    case "hand_raised":
      return intl.formatMessage({ id: "call.say.hand" }, { name: name(event.participant) });
    case "chat":
      return event.line.from === known.you
        ? null
        : lineAnnouncement(event.line, name(event.line.from), intl);
    case "session_started":
      return intl.formatMessage({ id: "call.say.started" });
    case "session_changed":
      return intl.formatMessage({ id: "call.say.changed" });
    default:
      return null;
  }
}

function lineAnnouncement(line: ChatLine, name: string, intl: IntlShape): string {
  const text = lineText(line, name, intl);
  return signalOf(line.text) === null
    ? intl.formatMessage({ id: "call.say.chat" }, { name, text })
    : text;
}

/** A place on the page that is read out, never seen. */
export function Announcements({ live }: { readonly live: LiveSession }) {
  const intl = useIntl();
  const [said, setSaid] = useState<readonly { id: number; text: string }[]>([]);
  useEffect(() => {
    let next = 0;
    return live.onEvent((event, known) => {
      const text = announcement(event, known, intl);
      if (text !== null) setSaid((before) => [...before.slice(-3), { id: next++, text }]);
    });
  }, [live, intl]);
  return (
    <div className="visually-hidden" aria-live="polite" data-testid="announcements">
      {said.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
