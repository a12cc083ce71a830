/** Reads from WebRTC's statistics what a trial of the line has shown. */

export interface Way {
  readonly lostPerMille: number;
  readonly jitterMs: number;
}

export interface TrialResult {
  readonly path: "udp" | "tcp" | "relay" | "blocked";
  readonly roundTripMs: number;
  readonly up: Way;
  readonly down: Way;
}

interface Direction {
  readonly packets: number;
  readonly lost: number;
  readonly jitterMs: number;
}

export interface Counters {
  readonly sent: Direction & { readonly path: TrialResult["path"]; readonly roundTripMs: number };
  readonly received: Direction;
}

export function resultOf({ sent, received }: Counters): TrialResult {
  return {
    path: sent.path,
    roundTripMs: sent.roundTripMs,
    up: way(sent.lost, sent.packets, sent.jitterMs),
    down: way(received.lost, received.packets + received.lost, received.jitterMs),
  };
}

/** How the server received what we sent, and which way it went. */
export function readSent(report: RTCStatsReport): Counters["sent"] {
  const outbound = find(report, "outbound-rtp");
  const remote = find(report, "remote-inbound-rtp");
  const pair = selectedPair(report);
  const seconds = number(pair?.["currentRoundTripTime"]) || number(remote?.["roundTripTime"]);
  return {
    packets: number(outbound?.["packetsSent"]),
    lost: number(remote?.["packetsLost"]),
    jitterMs: milliseconds(number(remote?.["jitter"])),
    path: pathOf(entry(report, pair?.["localCandidateId"])),
    roundTripMs: milliseconds(seconds),
  };
}

/** How we received what the server sent. */
export function readReceived(report: RTCStatsReport): Counters["received"] {
  const inbound = find(report, "inbound-rtp");
  return {
    packets: number(inbound?.["packetsReceived"]),
    lost: number(inbound?.["packetsLost"]),
    jitterMs: milliseconds(number(inbound?.["jitter"])),
  };
}

type Stats = Record<string, unknown>;

/** Firefox marks the pair itself, the others name it in the transport. */
function selectedPair(report: RTCStatsReport): Stats | undefined {
  const named = entry(report, find(report, "transport")?.["selectedCandidatePairId"]);
  return (
    named ??
    all(report).find((stats) => stats["type"] === "candidate-pair" && stats["selected"] === true)
  );
}

function pathOf(candidate: Stats | undefined): TrialResult["path"] {
  if (candidate?.["candidateType"] === "relay") return "relay";
  return candidate?.["protocol"] === "tcp" ? "tcp" : "udp";
}

function way(lost: number, of: number, jitterMs: number): Way {
  const share = of > 0 ? Math.max(0, lost) / of : 0;
  return { lostPerMille: Math.min(1000, Math.round(share * 1000)), jitterMs };
}

const all = (report: RTCStatsReport): Stats[] => [...report.values()] as Stats[];

const find = (report: RTCStatsReport, type: string): Stats | undefined =>
  all(report).find((stats) => stats["type"] === type);

const entry = (report: RTCStatsReport, id: unknown): Stats | undefined =>
  typeof id === "string" ? (report.get(id) as Stats | undefined) : undefined;

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

const milliseconds = (seconds: number): number => Math.round(seconds * 1000);
