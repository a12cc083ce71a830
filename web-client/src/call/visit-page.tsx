/** One visit on a page: green room, waiting room, call and end, each where the room says so. */

import { useEffect, useRef, useState } from "react";
import { useIntl } from "react-intl";
import { GreenRoom } from "../lobby/green-room";
import { OverPage, type OverReason } from "../lobby/over-page";
import { WaitingRoom } from "../lobby/waiting-room";
import { play } from "../media/sounds";
import { me } from "../signaling/live-state";
import { useStore } from "../ui/use-store";
import { Spinner } from "../ui/waiting";
import { CallPage } from "./call-page";
import { openVisit } from "./open-visit";
import { leads } from "./permissions";
import { type Outcome, type Visit, onlyWatches as watchesOnly, withBooked } from "./visit";

interface VisitPageProps {
  readonly sessionId: string;
  /** Where staff go afterwards; null for guests, who have no other place here. */
  readonly home: string | null;
}

export function VisitPage({ sessionId, home }: VisitPageProps) {
  const intl = useIntl();
  const [visit, setVisit] = useState<Visit | null>(null);
  const [again, setAgain] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: coming back opens a new visit.
  useEffect(() => {
    const opened = openVisit(sessionId, "person");
    setVisit(opened.visit);
    return opened.close;
  }, [sessionId, again]);

  if (visit === null) return <Spinner label={intl.formatMessage({ id: "common.loading" })} />;
  return <OpenVisit visit={visit} home={home} onReturn={() => setAgain((count) => count + 1)} />;
}

interface OpenVisitProps {
  readonly visit: Visit;
  readonly home: string | null;
  readonly onReturn: () => void;
}

function OpenVisit({ visit, home, onReturn }: OpenVisitProps) {
  const intl = useIntl();
  const { stage, booked } = useStore(visit);
  const { known, connection } = useStore(visit.live);
  const you = known === null ? undefined : me(known);
  const watches = you !== undefined && watchesOnly(you.role);
  useCapture(visit, you === undefined ? null : !watches);
  useAdmissionTone(stage.name);

  if (stage.name === "over") {
    return (
      <OverPage
        reason={reasonOf(stage.outcome)}
        home={home}
        onReturn={returnFrom(stage.outcome, onReturn)}
      />
    );
  }
  if (known === null || you === undefined) {
    return <Spinner label={intl.formatMessage({ id: "call.opening" })} />;
  }
  switch (stage.name) {
    case "opening":
    case "green_room":
      return (
        <GreenRoom
          capture={visit.capture}
          session={known.session}
          participants={withBooked(known.participants, booked)}
          you={you}
          onlyWatches={watches}
          leads={leads(you)}
          onEnter={(start) => void visit.enter(start)}
          onSpeaker={(id) => void visit.setSpeaker(id)}
        />
      );
    case "waiting":
      return (
        <WaitingRoom
          capture={visit.capture}
          session={known.session}
          participants={withBooked(known.participants, booked)}
          you={you}
          onlyWatches={watches}
          reconnecting={connection.phase === "reconnecting"}
          onLeave={() => visit.leave()}
        />
      );
    case "inside":
      return <CallPage visit={visit} known={known} you={you} />;
    default:
      return stage satisfies never;
  }
}

/** Opens camera and microphone once it is known that this person sends something. */
function useCapture(visit: Visit, sends: boolean | null): void {
  useEffect(() => {
    if (sends === true) void visit.capture.start();
  }, [visit, sends]);
}

/** Whoever waited hears that the door opened. */
function useAdmissionTone(stage: string): void {
  const before = useRef(stage);
  useEffect(() => {
    if (before.current === "waiting" && stage === "inside") void play("admitted");
    before.current = stage;
  }, [stage]);
}

function reasonOf(outcome: Outcome): OverReason {
  switch (outcome) {
    case "ended":
    case "cancelled":
    case "refused":
    case "removed":
    case "left":
    case "replaced":
    case "denied":
    case "outdated":
      return outcome;
    case "lost":
    case "server_stopping":
    case "protocol_error":
    case "too_slow":
      return "other";
    default:
      return outcome satisfies never;
  }
}

function returnFrom(outcome: Outcome, onReturn: () => void): (() => void) | undefined {
  if (outcome === "outdated") return () => location.reload();
  const returns: readonly Outcome[] = ["left", "replaced", "refused", "removed"];
  return returns.includes(outcome) ? onReturn : undefined;
}
