import { describe, expect, it } from "vitest";
import { readReceived, readSent, resultOf } from "./line-result";

const report = (...stats: Record<string, unknown>[]): RTCStatsReport =>
  new Map(stats.map((one) => [one["id"], one])) as unknown as RTCStatsReport;

const sent = (candidate: Record<string, unknown>) =>
  report(
    { id: "o", type: "outbound-rtp", packetsSent: 200 },
    { id: "r", type: "remote-inbound-rtp", packetsLost: 10, jitter: 0.004, roundTripTime: 0.2 },
    { id: "t", type: "transport", selectedCandidatePairId: "p" },
    { id: "p", type: "candidate-pair", localCandidateId: "l", currentRoundTripTime: 0.05 },
    { id: "l", type: "local-candidate", ...candidate },
  );

const received = report({
  id: "i",
  type: "inbound-rtp",
  packetsReceived: 198,
  packetsLost: 2,
  jitter: 0.003,
});

describe("a trial of the line", () => {
  it("counts what was lost of what was sent, each way", () => {
    const counters = {
      sent: readSent(sent({ candidateType: "host", protocol: "udp" })),
      received: readReceived(received),
    };
    expect(resultOf(counters)).toEqual({
      path: "udp",
      roundTripMs: 50,
      up: { lostPerMille: 50, jitterMs: 4 },
      down: { lostPerMille: 10, jitterMs: 3 },
    });
  });

  it("tells which way the media went", () => {
    const path = (candidate: Record<string, unknown>) => readSent(sent(candidate)).path;
    expect(path({ candidateType: "host", protocol: "tcp" })).toBe("tcp");
    expect(path({ candidateType: "relay", protocol: "udp", relayProtocol: "tls" })).toBe("relay");
  });

  it("finds the pair where the browser marks it itself", () => {
    const firefox = report(
      { id: "p1", type: "candidate-pair", localCandidateId: "l1", selected: false },
      { id: "p2", type: "candidate-pair", localCandidateId: "l2", selected: true },
      { id: "l1", type: "local-candidate", candidateType: "host", protocol: "udp" },
      { id: "l2", type: "local-candidate", candidateType: "relay", protocol: "udp" },
    );
    expect(readSent(firefox).path).toBe("relay");
  });
});
