/** Where a link stops being good, and how loud is loud. */

import { expect, test } from "vitest";
import { loudness } from "./level-meter";
import { judge, type LinkSample, SteadyQuality } from "./link-quality";

const sample = (
  atMs: number,
  packets: number,
  lost = 0,
  roundTrip: number | null = null,
): LinkSample => ({
  atMs,
  packets,
  lost,
  roundTrip,
});

test("a link without much loss is good", () => {
  expect(judge(sample(0, 0), sample(4_000, 200, 3), true)).toBe("good");
});

test("more than eight lost packets in a hundred are weak, as is a long round trip", () => {
  expect(judge(sample(0, 0), sample(4_000, 180, 20), true)).toBe("weak");
  expect(judge(sample(0, 0), sample(4_000, 200, 0, 0.9), true)).toBe("weak");
});

test("silence is a stall only where packets are expected", () => {
  expect(judge(sample(0, 100), sample(4_000, 100), true)).toBe("stalled");
  expect(judge(sample(0, 100), sample(4_000, 100), false)).toBe("unknown");
  expect(judge(null, sample(4_000, 100), true)).toBe("unknown");
});

test("one bad judgement is not shown, two are", () => {
  const quality = new SteadyQuality();
  expect(quality.update("good")).toBe("good");
  expect(quality.update("weak")).toBe("good");
  expect(quality.update("good")).toBe("good");
  expect(quality.update("weak")).toBe("good");
  expect(quality.update("weak")).toBe("weak");
  expect(quality.update("unknown")).toBe("weak");
  expect(quality.update("good")).toBe("weak");
  expect(quality.update("good")).toBe("good");
});

test("loudness is zero for silence and one for full scale", () => {
  expect(loudness(new Float32Array(64))).toBe(0);
  expect(loudness(new Float32Array(64).fill(1))).toBe(1);
  const speech = loudness(new Float32Array(64).fill(0.05));
  expect(speech).toBeGreaterThan(0.4);
  expect(speech).toBeLessThan(0.8);
});
