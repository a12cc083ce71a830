/** The live session of a browser page: real sockets, real storage, wakes with the network. */

import { actingAs, asHeader } from "../api/sign-in";
import { LiveSession } from "./live-session";

/** Whether the page's cookie still opens the session; asked when a socket would not open. */
async function checkAccess(sessionId: string): Promise<"allowed" | "denied" | "unreachable"> {
  const response = await fetch(`/api/v1/sessions/${encodeURIComponent(sessionId)}`, {
    headers: { accept: "application/json", ...asHeader() },
  });
  if (response.ok) return "allowed";
  return [401, 403, 404].includes(response.status) ? "denied" : "unreachable";
}

/** A live session that is already connecting. `close` also takes away the listeners on the page. */
export function openLiveSession(sessionId: string): { live: LiveSession; close: () => void } {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const url = `${scheme}//${location.host}/api/v1/sessions/${encodeURIComponent(sessionId)}/live?as=${encodeURIComponent(actingAs())}`;
  const live = new LiveSession({
    sessionId,
    openSocket: () => new WebSocket(url),
    checkAccess: () => checkAccess(sessionId),
    storage: sessionStorageOrNone(),
    newKey: () => crypto.randomUUID(),
    random: Math.random,
  });
  const wake = () => live.wake();
  const wakeWhenSeen = () => {
    if (document.visibilityState === "visible") live.wake();
  };
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", wakeWhenSeen);
  live.open();
  return {
    live,
    close: () => {
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wakeWhenSeen);
      live.leave();
    },
  };
}

function sessionStorageOrNone(): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}
