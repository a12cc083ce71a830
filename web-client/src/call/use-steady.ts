/** Turns true only after a condition held for a while, so that a blip is not told to anybody. */

import { useEffect, useState } from "react";

export function useSteady(condition: boolean, forMs: number): boolean {
  const [steady, setSteady] = useState(false);
  useEffect(() => {
    if (!condition) {
      setSteady(false);
      return;
    }
    const timer = setTimeout(() => setSteady(true), forMs);
    return () => clearTimeout(timer);
  }, [condition, forMs]);
  return steady && condition;
}
