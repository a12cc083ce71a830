/** Shows that the microphone hears something: a bar that moves, and words that do not flicker. */

import { useEffect, useRef, useState } from "react";
import { useIntl } from "react-intl";
import { meterFor } from "../media/level-meter";
import styles from "./level-bar.module.css";

interface LevelBarProps {
  readonly track: MediaStreamTrack | null;
  readonly muted: boolean;
}

/** Above the noise of a quiet room. */
const HEARD = 0.35;

export function LevelBar({ track, muted }: LevelBarProps) {
  const intl = useIntl();
  const fill = useRef<HTMLSpanElement>(null);
  const [heard, setHeard] = useState(false);

  useEffect(() => {
    setHeard(false);
    if (track === null) return;
    const meter = meterFor(track);
    let frame = 0;
    const draw = () => {
      const level = meter.level();
      if (fill.current) fill.current.style.inlineSize = `${Math.round(level * 100)}%`;
      if (level > HEARD) setHeard(true);
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
      meter.close();
    };
  }, [track]);

  const state = muted ? "muted" : heard ? "heard" : "speak";
  return (
    <div className={styles.root}>
      <span className={styles.track} aria-hidden="true" data-testid="level">
        <span ref={fill} className={styles.fill} />
      </span>
      <span className={styles.words} role="status">
        {track !== null && intl.formatMessage({ id: `call.level.${state}` })}
      </span>
    </div>
  );
}
