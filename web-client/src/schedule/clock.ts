/** The time of day as something a page can watch. */

import { useEffect, useState } from "react";

/** Now, renewed at every step; lists say "in 12 min" with it. */
export function useNow(stepMs = 20_000): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(new Date()), stepMs);
    return () => window.clearInterval(timer);
  }, [stepMs]);
  return now;
}
