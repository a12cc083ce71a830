/** The session is over for this room: what happens next, then back to idle. */

import { type ReactNode, useEffect } from "react";
import { useIntl } from "react-intl";
import type { Outcome } from "../call/visit";
import { KioskButton } from "./kiosk-button";
import { KioskFrame } from "./kiosk-frame";
import { MessageScreen } from "./message-screen";

/** How long the last words stay. */
const SHOWN_MS = 120_000;

interface EndedScreenProps {
  readonly place: ReactNode;
  readonly outcome: Outcome;
  readonly onOver: (again: boolean) => void;
}

export function EndedScreen({ place, outcome, onOver }: EndedScreenProps) {
  const intl = useIntl();
  const ending = endingOf(outcome);
  useEffect(() => {
    if (ending === "elsewhere") return; // two devices must not take the room from each other for ever
    const timer = setTimeout(() => onOver(ending === "interrupted"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [ending, onOver]);
  return (
    <KioskFrame testId={`kiosk-over-${ending}`} place={place}>
      <MessageScreen
        picture={ending === "elsewhere" ? "screen" : ending === "ended" ? "check" : "door"}
        title={intl.formatMessage({ id: `kiosk.over.${ending}.title` })}
        text={intl.formatMessage({ id: `kiosk.over.${ending}.text` })}
        recording={`over.${ending}`}
      >
        {(ending === "elsewhere" || ending === "interrupted") && (
          <KioskButton picture="screen" onPress={() => onOver(true)}>
            {intl.formatMessage({ id: "kiosk.over.again" })}
          </KioskButton>
        )}
      </MessageScreen>
    </KioskFrame>
  );
}

type Ending = "ended" | "cancelled" | "elsewhere" | "interrupted";

function endingOf(outcome: Outcome): Ending {
  switch (outcome) {
    case "ended":
      return "ended";
    case "cancelled":
      return "cancelled";
    case "replaced":
      return "elsewhere";
    default:
      return "interrupted";
  }
}
