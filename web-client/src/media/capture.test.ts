/** `Capture` against devices that refuse, vanish and come back. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Capture } from "./capture";
import { problemOf } from "./capture-problem";

class FakeTrack extends EventTarget {
  enabled = true;
  contentHint = "";
  stopped = false;
  readonly kind: "audio" | "video";

  constructor(kind: "audio" | "video") {
    super();
    this.kind = kind;
  }

  stop(): void {
    this.stopped = true;
  }

  unplug(): void {
    this.dispatchEvent(new Event("ended"));
  }
}

interface Asked {
  audio?: MediaTrackConstraints;
  video?: MediaTrackConstraints;
}

class FakeDevices extends EventTarget {
  readonly asked: Asked[] = [];
  readonly tracks: FakeTrack[] = [];
  refuse: (asked: Asked) => DOMException | null = () => null;

  async getUserMedia(asked: Asked): Promise<MediaStream> {
    this.asked.push(asked);
    const refusal = this.refuse(asked);
    if (refusal !== null) throw refusal;
    const audio = asked.audio === undefined ? [] : [new FakeTrack("audio")];
    const video = asked.video === undefined ? [] : [new FakeTrack("video")];
    this.tracks.push(...audio, ...video);
    return {
      getAudioTracks: () => audio,
      getVideoTracks: () => video,
      getTracks: () => [...audio, ...video],
    } as unknown as MediaStream;
  }

  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return [
      { kind: "videoinput", deviceId: "cam-1", label: "Desk camera" },
      { kind: "audioinput", deviceId: "mic-1", label: "Headset" },
    ] as MediaDeviceInfo[];
  }
}

function capture(devices: FakeDevices, storage?: Pick<Storage, "getItem" | "setItem">): Capture {
  return new Capture({
    mediaDevices: devices as unknown as MediaDevices,
    storage,
    profile: "person",
  });
}

const error = (name: string) => new DOMException("no", name);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("one prompt opens both devices", async () => {
  const devices = new FakeDevices();
  const subject = capture(devices);
  await subject.start();
  expect(devices.asked).toHaveLength(1);
  const state = subject.getState();
  expect(state.phase).toBe("ready");
  expect(state.camera.track).not.toBeNull();
  expect(state.microphone.track).not.toBeNull();
  expect(state.devices.camera).toEqual([{ id: "cam-1", label: "Desk camera" }]);
});

test("a missing camera leaves the microphone working and says what is missing", async () => {
  const devices = new FakeDevices();
  devices.refuse = (asked) => (asked.video === undefined ? null : error("NotFoundError"));
  const subject = capture(devices);
  await subject.start();
  expect(subject.getState().camera.problem).toBe("none_found");
  expect(subject.getState().microphone.problem).toBeNull();
  expect(subject.getState().microphone.track).not.toBeNull();
});

test("a camera that another program holds is taken as soon as it is free", async () => {
  const devices = new FakeDevices();
  devices.refuse = (asked) => (asked.video === undefined ? null : error("NotReadableError"));
  const subject = capture(devices);
  await subject.start();
  expect(subject.getState().camera.problem).toBe("in_use");
  devices.refuse = () => null;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(subject.getState().camera.problem).toBeNull();
  expect(subject.getState().camera.track).not.toBeNull();
});

test("a blocked device is not asked for again and again", async () => {
  const devices = new FakeDevices();
  devices.refuse = () => error("NotAllowedError");
  const subject = capture(devices);
  await subject.start();
  const asked = devices.asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(devices.asked).toHaveLength(asked);
  expect(subject.getState().camera.problem).toBe("blocked");
  devices.refuse = () => null;
  await subject.retry();
  expect(subject.getState().camera.problem).toBeNull();
});

test("an unplugged camera is replaced by itself", async () => {
  const devices = new FakeDevices();
  const subject = capture(devices);
  await subject.start();
  const first = subject.getState().camera.track as unknown as FakeTrack;
  first.unplug();
  await vi.advanceTimersByTimeAsync(0);
  const second = subject.getState().camera.track;
  expect(second).not.toBeNull();
  expect(second).not.toBe(first);
});

test("switching the camera off closes it, switching the microphone off only silences it", async () => {
  const devices = new FakeDevices();
  const subject = capture(devices);
  await subject.start();
  const camera = subject.getState().camera.track as unknown as FakeTrack;
  const microphone = subject.getState().microphone.track as unknown as FakeTrack;
  await subject.switch("camera", false);
  await subject.switch("microphone", false);
  expect(camera.stopped).toBe(true);
  expect(subject.getState().camera.track).toBeNull();
  expect(microphone.stopped).toBe(false);
  expect(microphone.enabled).toBe(false);
  await subject.switch("camera", true);
  await subject.switch("microphone", true);
  expect(subject.getState().camera.track).not.toBeNull();
  expect(microphone.enabled).toBe(true);
});

test("a chosen device is remembered, and any other is used when it is gone", async () => {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
  const devices = new FakeDevices();
  const first = capture(devices, storage);
  await first.start();
  await first.choose("camera", "cam-2");
  expect(devices.asked.at(-1)?.video?.deviceId).toEqual({ exact: "cam-2" });

  const later = new FakeDevices();
  later.refuse = (asked) =>
    JSON.stringify(asked.video?.deviceId ?? null).includes("exact")
      ? error("OverconstrainedError")
      : null;
  const second = capture(later, storage);
  await second.start();
  expect(later.asked[0]?.video?.deviceId).toEqual({ ideal: "cam-2" });
  await second.choose("camera", "cam-3");
  expect(second.getState().camera.track).not.toBeNull();
});

test("stopping closes everything, also what was still being opened", async () => {
  const devices = new FakeDevices();
  const subject = capture(devices);
  const starting = subject.start();
  subject.stop();
  await starting;
  expect(devices.tracks.every((track) => track.stopped)).toBe(true);
  expect(subject.getState().phase).toBe("stopped");
});

test("a page that is not secure says so", async () => {
  const subject = new Capture({ mediaDevices: undefined, profile: "person" });
  await subject.start();
  expect(subject.getState().microphone.problem).toBe("insecure");
});

test("errors are told apart by what a person can do", () => {
  expect(problemOf(error("NotAllowedError"))).toBe("blocked");
  expect(problemOf(error("OverconstrainedError"))).toBe("none_found");
  expect(problemOf(error("NotReadableError"))).toBe("in_use");
  expect(problemOf("something else")).toBe("unknown");
});
