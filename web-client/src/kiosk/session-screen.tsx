/** A session on the kiosk: check, waiting, live and end follow each other without a press. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import { useIntl } from "react-intl";
import type { RoomRef } from "../api/types";
import { openVisit } from "../call/open-visit";
import { useSteady } from "../call/use-steady";
import type { Outcome, Visit } from "../call/visit";
import { localeOf } from "../i18n/locales";
import { useLocale } from "../i18n/provider";
import { play } from "../media/sounds";
import { me } from "../signaling/live-state";
import { useStore } from "../ui/use-store";
import { CheckScreen } from "./check-screen";
import { EndedScreen } from "./ended-screen";
import { KioskFrame, Place } from "./kiosk-frame";
import { LiveScreen } from "./live-screen";
import { MessageScreen } from "./message-screen";
import { WaitingScreen } from "./waiting-screen";

interface SessionScreenProps {
  readonly sessionId: string;
  readonly room: RoomRef | null;
  /** `again` when the same session may be opened once more. */
  readonly onOver: (again: boolean) => void;
}

const TELL_LOSS_AFTER_MS = 1_500;

export function SessionScreen({ sessionId, room, onOver }: SessionScreenProps) {
  const [visit, setVisit] = useState<Visit | null>(null);
  useEffect(() => {
    const opened = openVisit(sessionId, "room");
    setVisit(opened.visit);
    void opened.visit.capture.start();
    return opened.close;
  }, [sessionId]);
  if (visit === null) return null;
  return <OpenSession visit={visit} room={room} onOver={onOver} />;
}

interface OpenSessionProps {
  readonly visit: Visit;
  readonly room: RoomRef | null;
  readonly onOver: (again: boolean) => void;
}

function OpenSession({ visit, room, onOver }: OpenSessionProps) {
  const intl = useIntl();
  const { stage, media } = useStore(visit);
  const { known, connection } = useStore(visit.live);
  useLanguageOf(known?.session.language);
  // Faces that still move are not hidden because the room's own socket is away.
  const away = stage.name === "inside" ? media.phase : connection.phase;
  const lost = useSteady(away === "reconnecting", TELL_LOSS_AFTER_MS);
  useTones(stage.name, lost);

  const place = placeOf();
  if (stage.name === "over")
    return <EndedScreen place={place} outcome={stage.outcome} onOver={onOver} />;
  const you = known === null ? undefined : me(known);
  if (known === null || you === undefined) {
    return (
      <KioskFrame testId="kiosk-opening" place={place}>
        <MessageScreen
          picture="screen"
          title={intl.formatMessage({ id: "kiosk.opening.title" })}
          text={intl.formatMessage({ id: "kiosk.opening.text" })}
        />
      </KioskFrame>
    );
  }
  if (lost) {
    return (
      <KioskFrame testId="kiosk-reconnecting" place={place} languages={stage.name !== "inside"}>
        <MessageScreen
          picture="lost"
          title={intl.formatMessage({ id: "kiosk.lost.title" })}
          text={intl.formatMessage({ id: "kiosk.lost.text" })}
          recording="lost"
        />
      </KioskFrame>
    );
  }
  switch (stage.name) {
    case "opening":
    case "green_room":
      return <CheckScreen place={place} visit={visit} />;
    case "waiting":
      return <WaitingScreen place={place} visit={visit} known={known} />;
    case "inside":
      return <LiveScreen place={place} visit={visit} known={known} you={you} />;
    default:
      return stage satisfies never;
  }

  function placeOf(): ReactNode {
    const name = known?.session.roomName ?? room?.name;
    const site = known?.session.siteName ?? room?.siteName;
    return name === undefined || site === undefined ? null : <Place room={name} site={site} />;
  }
}

/** The booking sets the language once; whoever is there may then change it. */
function useLanguageOf(language: string | undefined): void {
  const { use } = useLocale();
  const followed = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (language === undefined || followed.current === language) return;
    followed.current = language;
    const locale = localeOf(language);
    if (locale !== undefined) use(locale);
  }, [language, use]);
}

/** A soft tone on admission, at loss and at return. */
function useTones(stage: string, lost: boolean): void {
  const before = useRef({ stage, lost });
  useEffect(() => {
    const was = before.current;
    before.current = { stage, lost };
    if (was.lost !== lost) void play(lost ? "lost" : "returned");
    else if (was.stage === "waiting" && stage === "inside") void play("admitted");
  }, [stage, lost]);
}

export type { Outcome };
