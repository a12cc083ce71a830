/** The room's device. Nobody types, nothing scrolls, and every screen leads on by itself. */

import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { useIntl } from "react-intl";
import { takeSecret } from "../join/secret";
import { useStore } from "../ui/use-store";
import { Device } from "./device";
import { deviceServer, refusalOf } from "./device-server";
import { IdleScreen } from "./idle-screen";
import { KioskFrame } from "./kiosk-frame";
import { MessageScreen } from "./message-screen";
import { useNightlyReload } from "./use-nightly-reload";
import { useWakeLock } from "./use-wake-lock";

// The first screen must come fast over a thin line; these two follow.
const PairScreen = lazy(() =>
  import("./pair-screen").then((module) => ({ default: module.PairScreen })),
);
const SessionScreen = lazy(() =>
  import("./session-screen").then((module) => ({ default: module.SessionScreen })),
);

/** Taken once per page, before anything is drawn. */
const secret = takeSecret(window.location, window.history);

export function KioskPage() {
  return <Suspense>{useScreen()}</Suspense>;
}

function useScreen(): ReactNode {
  const intl = useIntl();
  const [device] = useState(
    () => new Device({ server: deviceServer, refusalOf, now: () => Date.now() }),
  );
  useEffect(() => {
    device.start(secret);
    return () => device.stop();
  }, [device]);
  const state = useStore(device);
  const sessionId = state.name === "session" ? state.sessionId : null;
  const onOver = useCallback(
    (again: boolean) => {
      if (sessionId !== null) device.finished(sessionId, again);
    },
    [device, sessionId],
  );
  useWakeLock();
  useNightlyReload(state.name === "idle");

  switch (state.name) {
    case "starting":
      return null;
    case "unreachable":
      return (
        <KioskFrame testId="kiosk-unreachable" place={null}>
          <MessageScreen
            picture="lost"
            title={intl.formatMessage({ id: "kiosk.lost.title" })}
            text={intl.formatMessage({ id: "kiosk.lost.text" })}
          />
        </KioskFrame>
      );
    case "pairing":
      return <PairScreen code={state.code} />;
    case "idle":
      return <IdleScreen room={state.room} next={state.next} />;
    case "session":
      return (
        <SessionScreen
          key={state.sessionId}
          sessionId={state.sessionId}
          room={state.room}
          onOver={onOver}
        />
      );
    case "link_closed":
      return (
        <KioskFrame testId="kiosk-link-closed" place={null}>
          <MessageScreen
            picture="door"
            title={intl.formatMessage({ id: "kiosk.link.title" })}
            text={intl.formatMessage({ id: "kiosk.link.text" })}
          />
        </KioskFrame>
      );
    default:
      return state satisfies never;
  }
}
