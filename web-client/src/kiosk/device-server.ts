/** The device's requests, over the HTTP API. */

import { api } from "../api/client";
import { toProblem } from "../api/problem";
import type { DeviceServer, Refusal } from "./device";

export const deviceServer: DeviceServer = {
  me: async () => present((await api.GET("/me")).data),
  exchange: async (secret) =>
    present((await api.POST("/invitations/exchange", { body: { secret } })).data),
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

export function refusalOf(error: unknown): Refusal {
  const { status } = toProblem(error);
  return status === 401 || status === 403 || status === 404 ? "unauthorised" : "unreachable";
}

function present<T>(data: T | undefined): T {
  if (data === undefined) throw new Error("the server's answer was empty");
  return data;
}
