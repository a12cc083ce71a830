/** Whether an open microphone has delivered nothing but digital silence for a while. */

import { useEffect, useState } from "react";
import type { Input } from "../media/capture";
import { watchSilence } from "../media/level-meter";

const SILENT_MS = 6_000;

export function useSilentMicrophone({ track, on }: Input): boolean {
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    setSilent(false);
    if (track === null || !on) return;
    return watchSilence(track, SILENT_MS, setSilent);
  }, [track, on]);
  return silent;
}
