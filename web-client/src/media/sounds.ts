/**
 * The few sounds of the product, made of soft sine tones: a doorbell, an admission, a loss and a
 * return, and a longer one to test a speaker. None of them is an alarm.
 */

import { audioContext } from "./level-meter";

export type Sound = "doorbell" | "admitted" | "lost" | "returned" | "speaker_test";

interface Note {
  readonly hertz: number;
  readonly at: number;
  readonly seconds: number;
}

const NOTES: Record<Sound, readonly Note[]> = {
  doorbell: [
    { hertz: 659, at: 0, seconds: 0.5 },
    { hertz: 523, at: 0.35, seconds: 0.8 },
  ],
  admitted: [
    { hertz: 523, at: 0, seconds: 0.3 },
    { hertz: 659, at: 0.18, seconds: 0.3 },
    { hertz: 784, at: 0.36, seconds: 0.6 },
  ],
  lost: [
    { hertz: 440, at: 0, seconds: 0.3 },
    { hertz: 349, at: 0.22, seconds: 0.5 },
  ],
  returned: [
    { hertz: 349, at: 0, seconds: 0.3 },
    { hertz: 440, at: 0.22, seconds: 0.5 },
  ],
  speaker_test: [
    { hertz: 392, at: 0, seconds: 0.6 },
    { hertz: 494, at: 0.5, seconds: 0.6 },
    { hertz: 587, at: 1, seconds: 0.6 },
    { hertz: 784, at: 1.5, seconds: 1 },
  ],
};

const VOLUME = 0.18;

/** Plays a sound, through `speaker` where the browser can choose; resolves when it is over. */
export async function play(sound: Sound, speaker: string | null = null): Promise<void> {
  const context = audioContext();
  if (context === null) return;
  if (speaker === null) return sing(context, context.destination, sound);
  const destination = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = destination.stream;
  try {
    await element.setSinkId?.(speaker);
    await element.play();
    await sing(context, destination, sound);
  } catch {
    await sing(context, context.destination, sound); // that speaker is gone
  } finally {
    element.srcObject = null;
  }
}

function sing(context: AudioContext, destination: AudioNode, sound: Sound): Promise<void> {
  const start = context.currentTime + 0.03;
  let end = start;
  for (const note of NOTES[sound]) {
    const from = start + note.at;
    const until = from + note.seconds;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = note.hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(VOLUME, from + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, until);
    tone.connect(volume).connect(destination);
    tone.start(from);
    tone.stop(until);
    end = Math.max(end, until);
  }
  return new Promise((resolve) => setTimeout(resolve, (end - context.currentTime) * 1000));
}
