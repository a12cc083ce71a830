/** When `Rejoin` tries, and when it stops. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Rejoin } from "./rejoin";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function failing(times: number): { attempts: number[]; rejoin: Rejoin } {
  const attempts: number[] = [];
  const rejoin = new Rejoin({
    attempt: async () => {
      attempts.push(Date.now());
      if (attempts.length <= times) throw new Error("no");
    },
    random: () => 1,
  });
  return { attempts, rejoin };
}

test("tries until it works, with growing pauses", async () => {
  const { attempts, rejoin } = failing(7);
  rejoin.now();
  await vi.advanceTimersByTimeAsync(60_000);
  const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
  expect(pauses).toEqual([300, 600, 1200, 2400, 4800, 5000, 5000]);
});

test("waking shortens a pause and otherwise does nothing", async () => {
  const { attempts, rejoin } = failing(1);
  rejoin.now();
  await vi.advanceTimersByTimeAsync(0);
  rejoin.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(attempts).toHaveLength(2);
  rejoin.wake();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(attempts).toHaveLength(2);
});

test("a loss during an attempt is followed by one more attempt", async () => {
  let attempts = 0;
  const rejoin = new Rejoin({
    attempt: async () => {
      attempts += 1;
      if (attempts === 1) rejoin.now();
    },
    random: () => 1,
  });
  rejoin.now();
  await vi.advanceTimersByTimeAsync(0);
  expect(attempts).toBe(2);
});

test("stopping ends the attempts", async () => {
  const { attempts, rejoin } = failing(100);
  rejoin.now();
  await vi.advanceTimersByTimeAsync(1_000);
  rejoin.stop();
  const count = attempts.length;
  await vi.advanceTimersByTimeAsync(60_000);
  rejoin.now();
  expect(attempts).toHaveLength(count);
});
