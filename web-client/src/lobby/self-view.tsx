/** One's own picture, mirrored for oneself only: what others see is not mirrored. */

import { useEffect, useRef } from "react";
import { cx } from "../ui/cx";
import styles from "./self-view.module.css";

interface SelfViewProps {
  readonly track: MediaStreamTrack | null;
  readonly className?: string | undefined;
}

export function SelfView({ track, className }: SelfViewProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.srcObject = track === null ? null : new MediaStream([track]);
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return (
    <video
      ref={video}
      className={cx(styles.video, className)}
      data-empty={track === null || undefined}
      autoPlay
      playsInline
      muted
    />
  );
}
