/** Picks the counters of one direction out of a WebRTC statistics report. */

import type { LinkSample } from "./link-quality";

/** How well the other's sound arrives here. */
export function readIncoming(report: RTCStatsReport, atMs: number): LinkSample {
  const inbound = find(report, "inbound-rtp");
  return {
    atMs,
    packets: number(inbound?.["packetsReceived"]),
    lost: number(inbound?.["packetsLost"]),
    roundTrip: null,
  };
}

/** How well our sound arrives at the server, as the server reports it. */
export function readOutgoing(report: RTCStatsReport, atMs: number): LinkSample {
  const outbound = find(report, "outbound-rtp");
  const remote = find(report, "remote-inbound-rtp");
  const roundTrip = remote?.["roundTripTime"];
  return {
    atMs,
    packets: number(outbound?.["packetsSent"]),
    lost: number(remote?.["packetsLost"]),
    roundTrip: typeof roundTrip === "number" ? roundTrip : null,
  };
}

function find(report: RTCStatsReport, type: string): Record<string, unknown> | undefined {
  for (const entry of report.values()) {
    const stats = entry as Record<string, unknown>;
    if (stats["type"] === type) return stats;
  }
  return undefined;
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
