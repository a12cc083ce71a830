/** The device checks itself: people see themselves, nobody presses anything. */

import { type ReactNode, useEffect, useState } from "react";
import { useIntl } from "react-intl";
import type { LineCheck } from "../api/types";
import type { Visit } from "../call/visit";
import { checkLine } from "../lobby/keep-line";
import { SelfView } from "../lobby/self-view";
import { meterFor } from "../media/level-meter";
import { useStore } from "../ui/use-store";
import styles from "./check-screen.module.css";
import { KioskFrame } from "./kiosk-frame";
import { Pictogram } from "./pictograms";

/** Long enough to see oneself and understand. */
const SHOWN_MS = 4_000;
/** A camera that does not come must not keep people out: the officer sees that it is missing. */
const AT_MOST_MS = 15_000;

interface CheckScreenProps {
  readonly place: ReactNode;
  readonly visit: Visit;
}

export function CheckScreen({ place, visit }: CheckScreenProps) {
  const intl = useIntl();
  const { camera, microphone, phase } = useStore(visit.capture);
  const heard = useHeard(microphone.track);
  const line = useLine(useStore(visit.live).known?.session.id);
  const works =
    phase === "ready" && camera.track !== null && microphone.track !== null && line !== "unknown";

  useEffect(() => {
    const timer = setTimeout(() => void visit.enter(false), works ? SHOWN_MS : AT_MOST_MS);
    return () => clearTimeout(timer);
  }, [works, visit]);

  return (
    <KioskFrame testId="kiosk-check" place={place}>
      <div className={styles.screen}>
        <section className={styles.words}>
          <h1 className={styles.title}>{intl.formatMessage({ id: "kiosk.check.title" })}</h1>
          <p className={styles.text}>{intl.formatMessage({ id: "kiosk.check.text" })}</p>
          <ul className={styles.list}>
            <Check
              done={camera.track !== null}
              words={intl.formatMessage({
                id:
                  camera.track === null && camera.problem !== null
                    ? "kiosk.camera.broken"
                    : "kiosk.check.see",
              })}
            />
            <Check
              done={heard}
              words={intl.formatMessage({
                id:
                  microphone.track === null && microphone.problem !== null
                    ? "kiosk.microphone.broken"
                    : "kiosk.check.hear",
              })}
            />
            <Check
              done={line === "good" || line === "weak"}
              words={intl.formatMessage({
                id: line === "blocked" ? "kiosk.line.broken" : "kiosk.check.line",
              })}
            />
          </ul>
        </section>
        <div className={styles.picture}>
          <SelfView track={camera.track} />
        </div>
      </div>
    </KioskFrame>
  );
}

function Check({ done, words }: { readonly done: boolean; readonly words: string }) {
  return (
    <li className={styles.check} data-done={done || undefined}>
      <span className={styles.mark}>{done && <Pictogram name="check" size={36} />}</span>
      {words}
    </li>
  );
}

type Line = LineCheck["verdict"] | "unknown" | "untested";

/** Tries the line by itself, once; what came out is kept for those who lead the session. */
function useLine(sessionId: string | undefined): Line {
  const [line, setLine] = useState<Line>("unknown");
  useEffect(() => {
    if (sessionId === undefined) return;
    let isCurrent = true;
    checkLine(sessionId, () => undefined).then(
      (check) => isCurrent && setLine(check.verdict),
      // Not knowing is no reason to worry people or to keep them waiting.
      () => isCurrent && setLine("untested"),
    );
    return () => {
      isCurrent = false;
    };
  }, [sessionId]);
  return line;
}

const VOICE = 0.35;

/** Whether the microphone has heard anything yet. */
function useHeard(track: MediaStreamTrack | null): boolean {
  const [heard, setHeard] = useState(false);
  useEffect(() => {
    setHeard(false);
    if (track === null) return;
    const meter = meterFor(track);
    const timer = setInterval(() => {
      if (meter.level() > VOICE) setHeard(true);
    }, 150);
    return () => {
      clearInterval(timer);
      meter.close();
    };
  }, [track]);
  return heard;
}
