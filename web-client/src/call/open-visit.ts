/** A visit in a browser page, on the real server, devices and media library. */

import { api } from "../api/client";
import { Capture, type CaptureProfile } from "../media/capture";
import { openLiveSession } from "../signaling/open-live-session";
import { Visit, type VisitApi } from "./visit";

/** A visit that is already connecting; `close` when the page no longer shows it. */
export function openVisit(
  sessionId: string,
  profile: CaptureProfile,
): { visit: Visit; close: () => void } {
  const { live, close } = openLiveSession(sessionId);
  const visit = new Visit({
    live,
    capture: new Capture({
      mediaDevices: navigator.mediaDevices as MediaDevices | undefined,
      storage: window.localStorage,
      profile,
    }),
    profile,
    api: serverFor(sessionId),
    loadMedia: async (options) => {
      const { createLiveKitSession } = await import("../media/livekit-session");
      return createLiveKitSession(options);
    },
    ready: rememberedReady(sessionId),
  });
  return {
    visit,
    close: () => {
      visit.close();
      close();
    },
  };
}

function serverFor(id: string): VisitApi {
  const params = { path: { id } };
  return {
    joinToken: async () => {
      const { data } = await api.POST("/sessions/{id}/join-token", { params });
      if (data === undefined) throw new Error("the server sent no token");
      return data;
    },
    start: async () => {
      await api.POST("/sessions/{id}/start", { params });
    },
    end: async () => {
      await api.POST("/sessions/{id}/end", { params });
    },
    booked: async () => {
      const { data } = await api.GET("/sessions/{id}", { params });
      return data?.participants ?? [];
    },
  };
}

/** Within one tab: whoever reloads the page in a call is back in the call, not in the green room. */
function rememberedReady(sessionId: string): { get(): boolean; set(ready: boolean): void } {
  const key = `bega.ready.${sessionId}`;
  return {
    get: () => {
      try {
        return sessionStorage.getItem(key) === "yes";
      } catch {
        return false;
      }
    },
    set: (ready) => {
      try {
        if (ready) sessionStorage.setItem(key, "yes");
        else sessionStorage.removeItem(key);
      } catch {
        // Without storage a reload leads through the green room again.
      }
    },
  };
}
