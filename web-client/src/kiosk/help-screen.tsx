/** Where to find a person. The device cannot call anybody before the session has begun. */

import type { ReactNode } from "react";
import { useIntl } from "react-intl";
import { KioskButton } from "./kiosk-button";
import { KioskFrame } from "./kiosk-frame";
import { MessageScreen } from "./message-screen";

interface HelpScreenProps {
  readonly place: ReactNode;
  readonly onBack: () => void;
}

export function HelpScreen({ place, onBack }: HelpScreenProps) {
  const intl = useIntl();
  return (
    <KioskFrame testId="kiosk-help" place={place}>
      <MessageScreen
        picture="door"
        title={intl.formatMessage({ id: "kiosk.help.title" })}
        text={intl.formatMessage({ id: "kiosk.help.text" })}
        recording="help"
      >
        <KioskButton picture="check" onPress={onBack}>
          {intl.formatMessage({ id: "kiosk.back" })}
        </KioskButton>
      </MessageScreen>
    </KioskFrame>
  );
}
