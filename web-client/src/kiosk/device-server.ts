/** The device's requests, over the HTTP API. */

import { api } from "../api/client";
import { toProblem } from "../api/problem";
import { actAs, actingAs } from "../api/sign-in";
import type { DeviceServer, Refusal } from "./device";

export const deviceServer: DeviceServer = {
  me: whoAmI,
  exchange: async (secret) => {
    const who = present((await api.POST("/invitations/exchange", { body: { secret } })).data);
    if (who.participantId) actAs(who.participantId);
    return who;
  },
  pair: async () => present((await api.POST("/devices/pairings")).data),
  claim: async ({ pairingId, secret }) => {
    const { data } = await api.POST("/devices/pairings/{id}/claim", {
      params: { path: { id: pairingId } },
      body: { secret },
    });
    const answer = present(data);
    return "kind" in answer ? answer : null;
  },
  now: async () => present((await api.GET("/device/now")).data),
};

/** The room's link that this window came by, until that is over; else the device that it is. */
async function whoAmI() {
  try {
    return present((await api.GET("/me")).data);
  } catch (error) {
    if (actingAs() === "device" || refusalOf(error) !== "unauthorised") throw error;
    actAs("device");
    return present((await api.GET("/me")).data);
  }
}

export function refusalOf(error: unknown): Refusal {
  const { status } = toProblem(error);
  return status === 401 || status === 403 || status === 404 ? "unauthorised" : "unreachable";
}

function present<T>(data: T | undefined): T {
  if (data === undefined) throw new Error("the server's answer was empty");
  return data;
}
