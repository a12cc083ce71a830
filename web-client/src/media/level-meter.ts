/** Measures how loud a microphone is, and whether it delivers anything at all. */

/** Reads the loudness of a track until closed. */
export interface LevelMeter {
  /** 0 to 1, on a scale where ordinary speech reaches the upper half. */
  level(): number;
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
  return analyse(track, 1_024);
}

/** The longest stretch an analyser keeps: two thirds of a second. */
const LONGEST = 32_768;

/**
 * Watches for exact digital silence. A working microphone always has some noise, so a long run of
 * zeros means a muted device or a broken driver, not a quiet person. Tells of each change.
 */
export function watchSilence(
  track: MediaStreamTrack,
  afterMs: number,
  tell: (silent: boolean) => void,
): () => void {
  const meter = analyse(track, LONGEST);
  let since: number | null = null;
  const look = () => {
    const tellsNothing = audioContext()?.state !== "running" || !track.enabled;
    if (tellsNothing || meter.level() > 0) since = null;
    else since ??= performance.now();
    tell(since !== null && performance.now() - since > afterMs);
  };
  const timer = setInterval(look, 500);
  return () => {
    clearInterval(timer);
    meter.close();
  };
}

function analyse(track: MediaStreamTrack, size: number): LevelMeter {
  const context = audioContext();
  if (context === null) return { level: () => 0, close: () => undefined };
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = size;
  source.connect(analyser);
  const samples = new Float32Array(size);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      return loudness(samples);
    },
    close: () => source.disconnect(),
  };
}
