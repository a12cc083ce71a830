/** Tries the line and keeps what came out with the session. */

import { body } from "../api/body";
import { api } from "../api/client";
import type { LineCheck } from "../api/types";

/** Rejects when the server cannot be asked. */
export async function checkLine(
  sessionId: string,
  onProgress: (share: number) => void,
): Promise<LineCheck> {
  const door = await body(api.POST("/self-tests"));
  const { tryLine } = await import("../media/line-trial");
  const result = await tryLine(door, onProgress);
  const params = { path: { id: sessionId } };
  return body(api.POST("/sessions/{id}/line-checks", { params, body: result }));
}
