/** Measures how loud a microphone is, and whether it delivers anything at all. */

/** Reads the loudness of a track until closed. */
export interface LevelMeter {
  /** 0 to 1, on a scale where ordinary speech reaches the upper half. */
  level(): number;
  /**
   * Milliseconds of exact digital silence. A working microphone always has some noise, so a long
   * run of zeros means a muted device or a broken driver, not a quiet person.
   */
  silentForMs(): number;
  close(): void;
}

const FLOOR_DB = -60;

/** Loudness of one block of samples, 0 to 1 over 60 dB. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  if (sum === 0) return 0;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}

let shared: AudioContext | null = null;

/** The page's one audio context: browsers limit how many there may be. */
export function audioContext(): AudioContext | null {
  if (typeof AudioContext === "undefined") return null;
  shared ??= new AudioContext();
  if (shared.state === "suspended") shared.resume().catch(() => undefined);
  return shared;
}

/** A meter for a track, or one that reads zero where the browser has no audio context. */
export function meterFor(track: MediaStreamTrack): LevelMeter {
  const context = audioContext();
  if (context === null) return { level: () => 0, silentForMs: () => 0, close: () => undefined };
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let silentSince: number | null = null;
  const read = (): number => {
    analyser.getFloatTimeDomainData(samples);
    const level = loudness(samples);
    const tellsNothing = context.state !== "running" || !track.enabled;
    if (level > 0 || tellsNothing) silentSince = null;
    else silentSince ??= performance.now();
    return level;
  };
  return {
    level: read,
    silentForMs: () => {
      read();
      return silentSince === null ? 0 : performance.now() - silentSince;
    },
    close: () => source.disconnect(),
  };
}
