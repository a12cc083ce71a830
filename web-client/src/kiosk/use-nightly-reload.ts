/** Starts the page afresh once a night while nobody uses it, so that it never grows old. */

import { useEffect } from "react";

const HOUR = 3;
const OLD_MS = 12 * 3_600_000;

export function useNightlyReload(idle: boolean): void {
  useEffect(() => {
    if (!idle) return;
    const timer = setInterval(() => {
      const old = performance.now() > OLD_MS;
      if (old && new Date().getHours() === HOUR) window.location.reload();
    }, 60_000);
    return () => clearInterval(timer);
  }, [idle]);
}
