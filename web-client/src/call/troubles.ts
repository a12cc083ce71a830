/** What is wrong in a call, worst first, as a list to show. Empty while all is well. */

import type { CaptureState } from "../media/capture";
import type { CaptureProblem } from "../media/capture-problem";
import type { MediaState } from "../media/media-session";
import type { LiveKnowledge } from "../signaling/live-state";
import { me } from "../signaling/live-state";
import { leads } from "./permissions";

export type Trouble =
  /** The connection is lost; it is being restored. */
  | { readonly kind: "reconnecting" }
  /** The first connection takes long. */
  | { readonly kind: "connecting" }
  /** The browser plays no sound until a press. */
  | { readonly kind: "playback_blocked" }
  | { readonly kind: "not_started" }
  | {
      readonly kind: "device";
      readonly input: "microphone" | "camera" | "both";
      readonly problem: CaptureProblem;
    }
  /** The microphone delivers nothing at all. */
  | { readonly kind: "microphone_silent" }
  /** The room's device is not in the session. */
  | { readonly kind: "room_absent"; readonly name: string }
  /** Others hear and see us badly. */
  | { readonly kind: "uplink_weak" }
  /** We hear and see somebody badly. */
  | { readonly kind: "link_weak"; readonly id: string; readonly name: string };

export interface Circumstances {
  readonly known: LiveKnowledge;
  readonly media: MediaState;
  readonly capture: CaptureState;
  readonly onlyWatches: boolean;
  /** Live or media connection lost for long enough to be told. */
  readonly lost: boolean;
  readonly connectingLong: boolean;
  readonly microphoneSilent: boolean;
}

export function troublesOf(circumstances: Circumstances): readonly Trouble[] {
  const { known, media, lost, connectingLong } = circumstances;
  if (lost) return [{ kind: "reconnecting" }, ...deviceTroubles(circumstances)];
  const troubles: Trouble[] = [];
  if (connectingLong) troubles.push({ kind: "connecting" });
  if (media.playbackBlocked) troubles.push({ kind: "playback_blocked" });
  const self = me(known);
  if (known.session.state === "planned" && self !== undefined && leads(self)) {
    troubles.push({ kind: "not_started" });
  }
  troubles.push(...deviceTroubles(circumstances), ...roomTroubles(known));
  if (media.uplink === "weak") troubles.push({ kind: "uplink_weak" });
  troubles.push(...linkTroubles(known, media));
  return troubles;
}

function deviceTroubles({
  capture,
  onlyWatches,
  microphoneSilent,
}: Circumstances): readonly Trouble[] {
  if (onlyWatches) return [];
  const { camera, microphone } = capture;
  if (camera.problem !== null && camera.problem === microphone.problem) {
    return [{ kind: "device", input: "both", problem: camera.problem }];
  }
  const troubles: Trouble[] = [];
  if (microphone.problem !== null) {
    troubles.push({ kind: "device", input: "microphone", problem: microphone.problem });
  } else if (microphoneSilent) {
    troubles.push({ kind: "microphone_silent" });
  }
  if (camera.problem !== null) {
    troubles.push({ kind: "device", input: "camera", problem: camera.problem });
  }
  return troubles;
}

function roomTroubles(known: LiveKnowledge): readonly Trouble[] {
  const room = known.participants.find((participant) => participant.role === "room_device");
  if (room === undefined || room.id === known.you || room.presence !== "absent") return [];
  return [{ kind: "room_absent", name: room.name }];
}

function linkTroubles(known: LiveKnowledge, media: MediaState): readonly Trouble[] {
  return known.participants.flatMap((participant): Trouble[] => {
    if (participant.presence !== "present") return [];
    const link = media.others.find((person) => person.identity === participant.id)?.link;
    return link === "weak" || link === "stalled"
      ? [{ kind: "link_weak", id: participant.id, name: participant.name }]
      : [];
  });
}
