/**
 * A trial of the line: a tone goes to the server on one connection and comes back on another.
 *
 * It takes the way that the session's media will take, in both directions, and is loaded only when
 * somebody tries the line.
 */

import { type RemoteTrack, Room, RoomEvent, Track } from "livekit-client";
import { audioContext } from "./level-meter";
import { type Counters, readReceived, readSent, resultOf, type TrialResult } from "./line-result";

export interface TrialDoor {
  readonly url: string;
  readonly senderToken: string;
  readonly listenerToken: string;
}

/** Longer than any way in that works takes to be found. */
const CONNECT_MS = 4_000;
/** Enough packets to see a loss of one in a hundred. */
const LISTEN_MS = 4_000;
const TICK_MS = 200;

const BLOCKED: TrialResult = {
  path: "blocked",
  roundTripMs: 0,
  up: { lostPerMille: 0, jitterMs: 0 },
  down: { lostPerMille: 0, jitterMs: 0 },
};

/** Tries the line; `onProgress` hears the share that is done. Never rejects: no way in is a result. */
export async function tryLine(
  door: TrialDoor,
  onProgress: (share: number) => void,
): Promise<TrialResult> {
  const [sender, listener] = [new Room(), new Room()];
  const tone = startTone();
  const began = performance.now();
  const timer = setInterval(() => {
    const share = (performance.now() - began) / (CONNECT_MS / 4 + LISTEN_MS);
    onProgress(Math.min(share, 0.97));
  }, TICK_MS);
  try {
    const heard = new Promise<RemoteTrack>((resolve) =>
      listener.once(RoomEvent.TrackSubscribed, resolve),
    );
    const publication = within(CONNECT_MS, async () => {
      await Promise.all([
        listener.connect(door.url, door.listenerToken),
        sender.connect(door.url, door.senderToken),
      ]);
      const options = { source: Track.Source.Microphone, dtx: false, red: false };
      return sender.localParticipant.publishTrack(tone.track, options);
    });
    const sent = (await publication).track;
    const received = await within(CONNECT_MS, () => heard);
    await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
    const [up, down] = await Promise.all([sent?.getRTCStatsReport(), received.getRTCStatsReport()]);
    if (up === undefined || down === undefined) return BLOCKED;
    const counters: Counters = { sent: readSent(up), received: readReceived(down) };
    return counters.received.packets === 0 ? BLOCKED : resultOf(counters);
  } catch {
    return BLOCKED;
  } finally {
    clearInterval(timer);
    tone.stop();
    await Promise.allSettled([sender.disconnect(), listener.disconnect()]);
    onProgress(1);
  }
}

function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too late")), ms);
    work()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

/** A soft tone that nobody hears here. Silence, where the browser plays no sound: it travels too. */
function startTone(): { readonly track: MediaStreamTrack; stop(): void } {
  const context = audioContext() ?? new AudioContext();
  const destination = context.createMediaStreamDestination();
  const tone = context.createOscillator();
  tone.frequency.value = 440;
  tone.connect(destination);
  tone.start();
  const [track] = destination.stream.getAudioTracks();
  if (track === undefined) throw new Error("a destination has a track");
  return {
    track,
    stop() {
      tone.stop();
      track.stop();
    },
  };
}
