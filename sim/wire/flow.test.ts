import { describe, expect, test } from "vitest";
import { SEGMENT_BYTES_MAX, WINDOW_BYTES, WIRE_SILENCE_MS_MAX } from "./index.ts";
import { connected, dialling, PLAIN, Witness } from "./pair.testing.ts";

describe("a quiet wire", () => {
  test("carries both ways after the latency, what was sent in one event in one piece", () => {
    const { far, kernel, near, run } = connected();
    const sentAt = kernel.elapsed + 5;
    kernel.after(5, () => {
      near.wire.send(Uint8Array.of(1, 2));
      near.wire.send(Uint8Array.of(3));
      far.wire.send(Uint8Array.of(9));
    });
    kernel.after(8, () => near.wire.send(Uint8Array.of(4)));
    run(100);
    expect(far.pieces).toEqual([
      { at: sentAt + 10, bytes: Uint8Array.of(1, 2, 3) },
      { at: sentAt + 13, bytes: Uint8Array.of(4) },
    ]);
    expect(near.pieces).toEqual([{ at: sentAt + 10, bytes: Uint8Array.of(9) }]);
  });

  test("copies what it is given", () => {
    const { far, near, run } = connected();
    const bytes = Uint8Array.of(1);
    near.wire.send(bytes);
    bytes[0] = 2;
    run(100);
    expect(far.bytes).toEqual([1]);
  });

  test("does not wait for one message before the next sets out", () => {
    const { far, kernel, near, run } = connected({ ...PLAIN, latencyMs: 1_000 });
    const begin = kernel.elapsed;
    for (let i = 0; i < 100; i++) kernel.after(i, () => near.wire.send(Uint8Array.of(i)));
    run(5_000);
    expect(far.times).toEqual(Array.from({ length: 100 }, (_, i) => begin + i + 1_000));
  });

  test("costs an event for each moment at which something arrives, and none beside", () => {
    const { kernel, near, run } = connected();
    const before = kernel.events;
    kernel.after(1, () => {
      for (let i = 0; i < 50; i++) near.wire.send(new Uint8Array(10));
    });
    run(200_000);
    expect(kernel.events - before).toBe(2);
  });

  test("splits what is long", () => {
    const { far, near, run } = connected();
    const sent = Uint8Array.from({ length: 3 * SEGMENT_BYTES_MAX + 7 }, (_, i) => i % 251);
    near.wire.send(sent);
    run(100);
    expect(far.pieces.map(({ bytes }) => bytes.length)).toEqual([...Array(3).fill(SEGMENT_BYTES_MAX), 7]);
    expect(Buffer.concat(far.pieces.map(({ bytes }) => bytes)).equals(sent)).toBe(true);
  });
});

describe("conditions", () => {
  test("jitter reorders nothing", () => {
    const { far, kernel, near, run } = connected({ ...PLAIN, jitterMs: 500 });
    for (let i = 0; i < 200; i++) kernel.after(i, () => near.wire.send(Uint8Array.of(i)));
    run(5_000);
    expect(far.bytes).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(new Set(far.times).size).toBeGreaterThan(10);
  });

  test("bandwidth queues, for all wires of two hosts together", () => {
    const { far, kernel, near, run } = connected({ ...PLAIN, bandwidth: 1_000_000 });
    const begin = kernel.elapsed;
    near.wire.send(new Uint8Array(300_000));
    run(10_000);
    expect(far.read).toBe(300_000);
    expect(far.times.at(-1)).toBe(begin + 10 + 300);
    expect(far.times[0]).toBe(begin + 10 + Math.ceil(SEGMENT_BYTES_MAX / 1_000));
  });

  test("a lost segment comes later", () => {
    const { far, kernel, near, run, wires } = connected();
    wires.conditions = { ...PLAIN, lossRate: 0.3 };
    const begin = kernel.elapsed;
    for (let i = 0; i < 100; i++) kernel.after(i * 60_000, () => near.wire.send(Uint8Array.of(i)));
    run(100 * 60_000);
    expect(far.bytes).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const delays = far.times.map((at, i) => at - begin - i * 60_000);
    expect(delays.filter((delay) => delay === 10).length).toBeGreaterThan(50);
    expect(delays.filter((delay) => delay === 210).length).toBeGreaterThan(10);
    expect(wires.counts.lost).toBeGreaterThan(20);
  });

  test("what was sent after a lost segment waits for it", () => {
    const { far, kernel, near, run } = connected({ ...PLAIN, lossRate: 0.3 });
    for (let i = 0; i < 100; i++) kernel.after(i * 5, () => near.wire.send(Uint8Array.of(i)));
    run(60_000);
    expect(far.bytes).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(far.pieces.some(({ bytes }) => bytes.length > 5)).toBe(true);
  });

  test("a segment that is lost time after time breaks the wire for both", () => {
    const { far, near, run, wires } = connected();
    wires.conditions = { ...PLAIN, lossRate: 1 };
    near.wire.send(Uint8Array.of(1));
    run(WIRE_SILENCE_MS_MAX);
    expect([near.ending, far.ending, far.read]).toEqual(["reset", "reset", 0]);
    expect(wires.counts.broken).toBe(1);
  });
});

describe("ends", () => {
  test("closing lets what was sent arrive, and both end when both have closed", () => {
    const { a, b, far, kernel, near, run } = connected();
    const begin = kernel.elapsed;
    near.wire.send(Uint8Array.of(1));
    near.wire.close();
    expect(near.wire.send(Uint8Array.of(2))).toBe(false);
    run(100);
    expect([far.bytes, far.endedAt, near.ending, far.ending]).toEqual([[1], begin + 10, undefined, undefined]);
    far.wire.send(Uint8Array.of(3));
    far.wire.close();
    run(100);
    expect([near.bytes, near.ending, far.ending]).toEqual([[3], "closed", "closed"]);
    expect([a.ends.size, b.ends.size]).toEqual([0, 0]);
  });

  test("who has closed waits for the other only so long", () => {
    const { a, near, run } = connected();
    near.wire.close();
    run(WIRE_SILENCE_MS_MAX);
    expect([near.ending, a.ends.size]).toEqual(["timeout", 0]);
  });

  test("aborting ends this one at once, and the other when it learns of it", () => {
    const { far, kernel, near, run } = connected();
    const begin = kernel.elapsed;
    near.wire.send(Uint8Array.of(1));
    near.wire.abort();
    expect(near.ending).toBe("aborted");
    run(100);
    expect([far.bytes, far.ending, far.closedAt]).toEqual([[1], "reset", begin + 10]);
  });

  test("aborting drops what waits for the link", () => {
    const { a, b, far, kernel, near, run, taken } = connected({ ...PLAIN, bandwidth: 1_000 });
    near.wire.send(new Uint8Array(10_000));
    run(1);
    near.wire.abort();
    run(1_000);
    expect([far.read, far.ending]).toEqual([0, "reset"]);
    const next = dialling(kernel, a, b.ip);
    run(1_000);
    expect(next.outcome).toMatchObject({ ending: undefined });
    if (next.outcome instanceof Witness) next.outcome.wire.send(new Uint8Array(100));
    run(200);
    expect(taken.at(-1)?.read).toBe(100);
  });

  test("an end that is told in a handler to go, goes", () => {
    const { far, kernel, near, run } = connected();
    const pieces: Uint8Array[] = [];
    far.wire.onData = (bytes) => {
      pieces.push(bytes);
      far.wire.abort();
    };
    near.wire.send(Uint8Array.of(1));
    kernel.after(5, () => near.wire.send(Uint8Array.of(2)));
    run(100);
    expect([pieces.length, far.ending, near.ending]).toEqual([1, "aborted", "reset"]);
  });
});

describe("backpressure", () => {
  const FULL = new Uint8Array(WINDOW_BYTES / 16);

  function fill(witness: Witness): number {
    let sent = FULL.length;
    while (witness.wire.send(FULL)) sent += FULL.length;
    return sent;
  }

  test("a reader that pauses fills the window, and one that resumes opens it", () => {
    const { far, near, run } = connected();
    far.wire.pause();
    expect(fill(near)).toBe(WINDOW_BYTES);
    run(10 * WIRE_SILENCE_MS_MAX);
    expect([far.read, near.drains, near.ending]).toEqual([0, 0, undefined]);
    far.wire.resume();
    run(0);
    expect(far.read).toBe(WINDOW_BYTES);
    run(9);
    expect(near.drains).toBe(0);
    run(1);
    expect(near.drains).toBe(1);
    expect(fill(near)).toBe(WINDOW_BYTES);
  });

  test("more into a full window is a bug of the sender", () => {
    const { near } = connected();
    fill(near);
    expect(() => near.wire.send(FULL)).toThrow("full window");
  });

  test("one that drains whenever it may moves a window in each round trip", () => {
    const { far, kernel, near, run } = connected({ ...PLAIN, latencyMs: 100 });
    const begin = kernel.elapsed;
    near.wire.onDrain = () => void fill(near);
    fill(near);
    run(10_000);
    expect(kernel.elapsed - begin).toBe(10_000);
    expect(far.read).toBeGreaterThanOrEqual(48 * WINDOW_BYTES);
    expect(far.read).toBeLessThanOrEqual(51 * WINDOW_BYTES);
  });

  test("a window that was read piece by piece opens", () => {
    const { near, run } = connected({ ...PLAIN, latencyMs: 100, bandwidth: 65_536_000 });
    fill(near);
    run(1_000);
    expect(near.drains).toBe(1);
  });

  test("an end that pauses and aborts tells the other", () => {
    const { far, near, run } = connected();
    far.wire.pause();
    near.wire.send(Uint8Array.of(1));
    run(100);
    far.wire.abort();
    run(100);
    expect(near.ending).toBe("reset");
  });
});
