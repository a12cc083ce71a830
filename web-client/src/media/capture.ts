/**
 * What this person sends: one camera and one microphone, from the green room to the end.
 *
 * The tracks live here and not in the media connection, so that the preview becomes the call
 * without a second permission prompt, and a lost connection never closes the camera. Heals by
 * itself: a device that was unplugged is replaced by another one, or taken back when it returns.
 */

import { type CaptureProblem, problemOf } from "./capture-problem";

export type InputKind = "camera" | "microphone";

export interface Input {
  /** What the person asked for: camera on, microphone not muted. */
  readonly on: boolean;
  /** The live track; a muted microphone keeps its track, a camera that is off has none. */
  readonly track: MediaStreamTrack | null;
  readonly problem: CaptureProblem | null;
}

export interface Device {
  readonly id: string;
  readonly label: string;
}

export interface Devices {
  readonly camera: readonly Device[];
  readonly microphone: readonly Device[];
  readonly speaker: readonly Device[];
}

export interface CaptureState {
  /** `asking` while the browser may be showing its permission prompt. */
  readonly phase: "idle" | "asking" | "ready" | "stopped";
  readonly camera: Input;
  readonly microphone: Input;
  readonly devices: Devices;
  /** The chosen device of each kind; null follows the system. */
  readonly chosen: Readonly<Record<keyof Devices, string | null>>;
}

/** A person before their own camera, or a room with several people before one. */
export type CaptureProfile = "person" | "room";

export interface CaptureOptions {
  readonly mediaDevices: MediaDevices | undefined;
  readonly storage?: Pick<Storage, "getItem" | "setItem"> | undefined;
  readonly profile: CaptureProfile;
}

const STORAGE_KEY = "bega.devices";
const HEAL_EVERY_MS = 3_000;
const NO_DEVICES: Devices = { camera: [], microphone: [], speaker: [] };
const NOTHING: Input = { on: true, track: null, problem: null };

const CAMERA: Record<CaptureProfile, MediaTrackConstraints> = {
  person: { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 24, max: 30 } },
  // Several faces before one camera need the pixels more than the frames.
  room: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } },
};

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: { ideal: 1 },
};

export class Capture {
  readonly #options: CaptureOptions;
  readonly #listeners = new Set<() => void>();
  #state: CaptureState;
  #healTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#state = {
      phase: "idle",
      camera: NOTHING,
      microphone: NOTHING,
      devices: NO_DEVICES,
      chosen: storedChoice(options.storage),
    };
  }

  readonly getState = (): CaptureState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Opens camera and microphone, in one prompt where the browser can. */
  async start(): Promise<void> {
    const { mediaDevices } = this.#options;
    if (this.#state.phase === "asking" || this.#stopped) return;
    if (mediaDevices?.getUserMedia === undefined) {
      this.#setInput("camera", { problem: "insecure" });
      this.#setInput("microphone", { problem: "insecure" });
      this.#set({ phase: "ready" });
      return;
    }
    this.#set({ phase: "asking" });
    mediaDevices.removeEventListener("devicechange", this.#onDeviceChange);
    mediaDevices.addEventListener("devicechange", this.#onDeviceChange);
    await this.#openBoth(mediaDevices);
    await this.#list();
    if (!this.#stopped) this.#set({ phase: "ready" });
  }

  /** Turns the camera, or the microphone's voice, on or off. */
  async switch(kind: InputKind, on: boolean): Promise<void> {
    this.#setInput(kind, { on });
    const { track } = this.#state[kind];
    if (kind === "microphone") {
      if (track !== null) track.enabled = on;
      else if (on) await this.#open(kind);
      return;
    }
    if (on) await this.#open(kind);
    else this.#close(kind, null);
  }

  /** Uses a device from now on and remembers it. */
  async choose(kind: keyof Devices, id: string): Promise<void> {
    this.#set({ chosen: { ...this.#state.chosen, [kind]: id } });
    this.#remember();
    if (kind === "speaker") return;
    if (this.#state[kind].on || kind === "microphone") await this.#open(kind);
  }

  /** Tries again after a problem; the person may have freed or allowed the device. */
  async retry(): Promise<void> {
    if (this.#state.phase !== "ready") return;
    if (this.#state.camera.track === null && this.#state.microphone.track === null) {
      await this.start();
      return;
    }
    await this.#heal();
  }

  /** Closes both devices for good. */
  stop(): void {
    clearTimeout(this.#healTimer);
    this.#options.mediaDevices?.removeEventListener("devicechange", this.#onDeviceChange);
    this.#close("camera", null);
    this.#close("microphone", null);
    this.#set({ phase: "stopped" });
  }

  get #stopped(): boolean {
    return this.#state.phase === "stopped";
  }

  async #openBoth(mediaDevices: MediaDevices): Promise<void> {
    const wanted = {
      audio: this.#constraints("microphone"),
      ...(this.#state.camera.on ? { video: this.#constraints("camera") } : {}),
    };
    try {
      const stream = await mediaDevices.getUserMedia(wanted);
      this.#adopt("microphone", stream.getAudioTracks()[0]);
      this.#adopt("camera", stream.getVideoTracks()[0]);
    } catch {
      // One of the two failed, and the error does not say which: ask for each alone.
      await this.#open("microphone");
      if (this.#state.camera.on) await this.#open("camera");
    }
  }

  async #open(kind: InputKind): Promise<void> {
    const { mediaDevices } = this.#options;
    if (mediaDevices?.getUserMedia === undefined || this.#stopped) return;
    try {
      this.#adopt(kind, await this.#openChosenOrAny(kind, mediaDevices));
    } catch (error) {
      if (this.#stopped) return;
      this.#close(kind, problemOf(error));
      this.#healLater();
    }
  }

  async #openChosenOrAny(
    kind: InputKind,
    mediaDevices: MediaDevices,
  ): Promise<MediaStreamTrack | undefined> {
    const ask = async (exact: boolean): Promise<MediaStreamTrack | undefined> => {
      const constraints = this.#constraints(kind, exact);
      const stream = await mediaDevices.getUserMedia(
        kind === "camera" ? { video: constraints } : { audio: constraints },
      );
      return stream.getTracks()[0];
    };
    if (this.#state.chosen[kind] === null) return ask(false);
    try {
      return await ask(true);
    } catch (error) {
      const gone = problemOf(error) === "none_found";
      if (!gone) throw error;
      return ask(false); // the chosen one was unplugged
    }
  }

  #constraints(kind: InputKind, exact = false): MediaTrackConstraints {
    const base = kind === "camera" ? CAMERA[this.#options.profile] : MICROPHONE;
    const id = this.#state.chosen[kind];
    if (id === null) return base;
    return { ...base, deviceId: exact ? { exact: id } : { ideal: id } };
  }

  #adopt(kind: InputKind, track: MediaStreamTrack | undefined): void {
    if (track === undefined) return;
    if (this.#stopped || (kind === "camera" && !this.#state.camera.on)) {
      track.stop();
      return;
    }
    this.#state[kind].track?.stop();
    track.enabled = this.#state[kind].on;
    track.contentHint = kind === "camera" ? "motion" : "speech";
    track.addEventListener("ended", () => this.#onEnded(kind, track));
    this.#setInput(kind, { track, problem: null });
  }

  #close(kind: InputKind, problem: CaptureProblem | null): void {
    this.#state[kind].track?.stop();
    this.#setInput(kind, { track: null, problem });
  }

  #onEnded(kind: InputKind, track: MediaStreamTrack): void {
    if (this.#state[kind].track !== track || this.#stopped) return;
    this.#setInput(kind, { track: null, problem: "gone" });
    void this.#heal();
  }

  readonly #onDeviceChange = (): void => {
    void this.#list();
    void this.#heal();
  };

  async #heal(): Promise<void> {
    clearTimeout(this.#healTimer);
    this.#healTimer = undefined;
    for (const kind of ["microphone", "camera"] as const) {
      const { track, on } = this.#state[kind];
      const missing = track === null && (on || kind === "microphone");
      if (missing && this.#state.phase !== "asking") await this.#open(kind);
    }
    await this.#list();
  }

  /** Keeps trying where trying can help; a blocked device would only prompt again. */
  #healLater(): void {
    const helps = (["camera", "microphone"] as const).some((kind) => {
      const { problem } = this.#state[kind];
      return problem === "in_use" || problem === "gone" || problem === "none_found";
    });
    if (!helps || this.#healTimer !== undefined) return;
    this.#healTimer = setTimeout(() => void this.#heal(), HEAL_EVERY_MS);
  }

  async #list(): Promise<void> {
    const { mediaDevices } = this.#options;
    if (mediaDevices?.enumerateDevices === undefined || this.#stopped) return;
    const all = await mediaDevices.enumerateDevices().catch(() => []);
    const of = (kind: MediaDeviceKind): Device[] =>
      all
        .filter((device) => device.kind === kind && device.deviceId !== "")
        .map((device) => ({ id: device.deviceId, label: device.label }));
    this.#set({
      devices: {
        camera: of("videoinput"),
        microphone: of("audioinput"),
        speaker: of("audiooutput"),
      },
    });
  }

  #remember(): void {
    try {
      this.#options.storage?.setItem(STORAGE_KEY, JSON.stringify(this.#state.chosen));
    } catch {
      // Storage may be forbidden; the choice then holds for this page only.
    }
  }

  #setInput(kind: InputKind, change: Partial<Input>): void {
    const input = { ...this.#state[kind], ...change };
    this.#set(kind === "camera" ? { camera: input } : { microphone: input });
  }

  #set(change: Partial<CaptureState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function storedChoice(storage: CaptureOptions["storage"]): CaptureState["chosen"] {
  const nothing = { camera: null, microphone: null, speaker: null };
  try {
    const stored: unknown = JSON.parse(storage?.getItem(STORAGE_KEY) ?? "null");
    if (typeof stored !== "object" || stored === null) return nothing;
    const pick = (key: keyof Devices): string | null => {
      const value = (stored as Record<string, unknown>)[key];
      return typeof value === "string" ? value : null;
    };
    return { camera: pick("camera"), microphone: pick("microphone"), speaker: pick("speaker") };
  } catch {
    return nothing;
  }
}
