import { describe, expect, test } from "vitest";
import { WINDOW_BYTES, WIRE_SILENCE_MS_MAX } from "./index.ts";
import { connected, dialling, makeWires, PLAIN, PORT, Witness } from "./pair.testing.ts";

const BYTE = Uint8Array.of(1);

describe("a cut", () => {
  test("stalls what is under way, and what was sent arrives a retransmission after the mend", () => {
    const { far, kernel, near, run, wires } = connected();
    const begin = kernel.elapsed;
    wires.cut("cut", ["a"], ["b"]);
    near.wire.send(Uint8Array.of(1));
    run(1_000);
    near.wire.send(Uint8Array.of(2));
    run(500);
    expect(far.read).toBe(0);
    wires.mend("cut");
    run(5_000);
    // Sent again 200, 600, 1,400 and 3,000 ms after the first time.
    expect([far.bytes, far.times]).toEqual([[1, 2], Array(2).fill(begin + 3_010)]);
    expect(near.ending).toBe(undefined);
  });

  test("does not reach what it does not name", () => {
    const { far, near, run, wires } = connected();
    wires.host("c");
    wires.cut("cut", ["a", "b"], ["c"]);
    near.wire.send(BYTE);
    run(100);
    expect(far.bytes).toEqual([1]);
  });

  test("holds as long as one of several does", () => {
    const { far, near, run, wires } = connected();
    wires.cut("one", ["a"], ["b"]);
    wires.cut("two", ["b"], ["a"]);
    near.wire.send(BYTE);
    run(1_000);
    wires.mend("one");
    run(20_000);
    expect(far.read).toBe(0);
    wires.heal();
    run(20_000);
    expect(far.read).toBe(1);
  });

  test("of one way lets data through the other way, but no acknowledgement: the window fills, the sender gives up", () => {
    const { far, kernel, near, run, wires } = connected();
    const begin = kernel.elapsed;
    wires.cut("cut", ["b"], ["a"], true);
    near.wire.send(new Uint8Array(WINDOW_BYTES));
    far.wire.send(BYTE);
    run(WIRE_SILENCE_MS_MAX - 1);
    expect([far.read, near.read, near.drains]).toEqual([WINDOW_BYTES, 0, 0]);
    run(1_000);
    expect([near.ending, near.closedAt]).toEqual(["timeout", begin + WIRE_SILENCE_MS_MAX]);
    expect([far.ending, far.closedAt]).toEqual(["timeout", begin + WIRE_SILENCE_MS_MAX]);
    expect(wires.counts.silent).toBe(2);
  });

  test("of one way that is mended in time lets the sender go on", () => {
    const { near, run, wires } = connected();
    wires.cut("cut", ["b"], ["a"], true);
    near.wire.send(new Uint8Array(WINDOW_BYTES));
    run(30_000);
    wires.mend("cut");
    run(15_000);
    expect([near.drains, near.ending]).toEqual([1, undefined]);
    run(2 * WIRE_SILENCE_MS_MAX);
    expect(near.ending).toBe(undefined);
  });

  test("mended one way only lets data through, and the sender hears of it once the other way is whole too", () => {
    const { far, near, run, wires } = connected();
    wires.cut("there", ["a"], ["b"], true);
    wires.cut("back", ["b"], ["a"], true);
    near.wire.send(new Uint8Array(WINDOW_BYTES));
    run(1_000);
    wires.mend("there");
    run(9_000);
    expect([far.read, near.drains]).toEqual([WINDOW_BYTES, 0]);
    wires.mend("back");
    run(20_000);
    expect([near.drains, near.ending]).toEqual([1, undefined]);
  });

  test("mended one way only does not save the sender", () => {
    const { far, near, run, wires } = connected();
    wires.cut("there", ["a"], ["b"], true);
    wires.cut("back", ["b"], ["a"], true);
    near.wire.send(BYTE);
    run(1_000);
    wires.mend("there");
    // It is sent again first.
    run(WIRE_SILENCE_MS_MAX + 1_000);
    expect([far.read, near.ending]).toEqual([1, "timeout"]);
  });

  test.each([
    ["is mended too", true, undefined],
    ["lasts", false, "timeout"],
  ])("does not end with another, and %s", (_, mends, ending) => {
    const { near, run, wires } = connected();
    wires.cut("another", ["c"], ["a"]);
    wires.cut("cut", ["b"], ["a"], true);
    near.wire.send(new Uint8Array(WINDOW_BYTES));
    run(1_000);
    wires.mend("another");
    run(1_000);
    if (mends) wires.mend("cut");
    run(WIRE_SILENCE_MS_MAX);
    expect([near.drains, near.ending]).toEqual([mends ? 1 : 0, ending]);
  });

  test("swallows the word that an end was aborted", () => {
    const { far, near, run, wires } = connected();
    wires.cut("cut", ["a"], ["b"]);
    near.wire.abort();
    run(1_000);
    wires.mend("cut");
    run(WIRE_SILENCE_MS_MAX);
    expect(far.ending).toBe(undefined);
    far.wire.send(BYTE);
    run(100);
    expect(far.ending).toBe("reset");
  });

  test("leaves an idle wire as it was", () => {
    const { far, near, run, wires } = connected();
    wires.cut("cut", ["a"], ["b"]);
    run(100 * WIRE_SILENCE_MS_MAX);
    wires.mend("cut");
    near.wire.send(BYTE);
    run(100);
    expect([far.read, near.ending, far.ending]).toEqual([1, undefined, undefined]);
  });

  test("that lasts ends the wire for who sends; who does not learns it when it sends", () => {
    const { far, near, run, wires } = connected();
    wires.cut("cut", ["a"], ["b"]);
    near.wire.send(BYTE);
    run(2 * WIRE_SILENCE_MS_MAX);
    wires.mend("cut");
    run(WIRE_SILENCE_MS_MAX);
    expect([near.ending, far.ending, far.read]).toEqual(["timeout", undefined, 0]);
    far.wire.send(BYTE);
    run(100);
    expect(far.ending).toBe("reset");
  });
});

describe("a crash", () => {
  test("takes the host's ends at once, and the other end learns nothing as long as the host is down", () => {
    const { b, far, near, run, wires } = connected();
    b.crash();
    expect([far.ending, b.ends.size, b.up]).toEqual(["crashed", 0, false]);
    run(10 * WIRE_SILENCE_MS_MAX);
    expect(near.ending).toBe(undefined);
    near.wire.send(BYTE);
    run(WIRE_SILENCE_MS_MAX + 1_000);
    expect(near.ending).toBe("timeout");
    expect(wires.counts.silent).toBe(1);
  });

  test("shows as a reset to who sends once the host is up again", () => {
    const { b, far, kernel, near, run } = connected();
    b.crash();
    b.boot();
    run(1_000);
    const sentAt = kernel.elapsed;
    near.wire.send(BYTE);
    run(1_000);
    expect([near.ending, near.closedAt, far.read]).toEqual(["reset", sentAt + 20, 0]);
  });

  test("of a host that boots while the other sends resets that one", () => {
    const { b, near, run } = connected();
    b.crash();
    near.wire.send(BYTE);
    run(5_000);
    expect(near.ending).toBe(undefined);
    b.boot();
    run(10_000);
    expect(near.ending).toBe("reset");
  });

  test("of a host whose answer does not get through shows once it does", () => {
    const { b, near, run, wires } = connected();
    b.crash();
    b.boot();
    wires.cut("cut", ["b"], ["a"], true);
    near.wire.send(BYTE);
    run(5_000);
    expect(near.ending).toBe(undefined);
    wires.mend("cut");
    run(10_000);
    expect(near.ending).toBe("reset");
  });

  test("of a host that did not read shows too", () => {
    const { b, far, near, run } = connected();
    far.wire.pause();
    near.wire.send(BYTE);
    run(1_000);
    b.crash();
    b.boot();
    near.wire.send(BYTE);
    run(10_000);
    expect(near.ending).toBe("reset");
  });

  test("takes what was to be sent again with it", () => {
    const { a, far, near, run, wires } = connected();
    wires.cut("cut", ["a"], ["b"]);
    near.wire.send(BYTE);
    run(20_000);
    wires.mend("cut");
    a.crash();
    run(WIRE_SILENCE_MS_MAX);
    expect([far.read, far.ending]).toEqual([0, undefined]);
  });

  test("lets arrive what had left, and nothing else", () => {
    const { b, far, near, run } = connected({ ...PLAIN, bandwidth: 100_000 });
    far.wire.send(new Uint8Array(100_000));
    run(800);
    b.crash();
    b.boot();
    run(10_000);
    expect(near.read).toBe(65_536);
  });

  test("ends listeners and dials, and what is dialled from there", () => {
    const { a, b, kernel, run } = connected();
    const waiting = dialling(kernel, b, a.ip);
    b.crash();
    expect(waiting.outcome).toBe("unreachable");
    const failing = dialling(kernel, b, a.ip);
    const unanswered = dialling(kernel, a, b.ip);
    run(5_000);
    expect([failing.outcome, unanswered.outcome]).toEqual(["unreachable", undefined]);
    b.boot();
    run(10_000);
    expect(unanswered.outcome).toBe("refused");
  });
});

describe("moving", () => {
  test("silences open wires at both ends, and listeners go along", () => {
    const { a, b, far, kernel, near, run, taken, wires } = connected();
    const before = b.ip;
    b.relocate();
    expect(b.ip).not.toBe(before);
    expect([wires.find(before), wires.find(b.ip)]).toEqual([undefined, b]);
    const [old, moved] = [dialling(kernel, a, before), dialling(kernel, a, b.ip)];
    near.wire.send(BYTE);
    far.wire.send(BYTE);
    run(1_000);
    expect(old.outcome).toBe(undefined);
    expect(moved.outcome).toBeInstanceOf(Witness);
    expect(taken.length).toBe(2);
    run(WIRE_SILENCE_MS_MAX);
    expect([near.ending, far.ending, near.read, far.read]).toEqual(["timeout", "timeout", 0, 0]);
  });

  test("to where somebody is is refused", () => {
    const { a, b } = connected();
    expect(() => a.relocate(b.ip)).toThrow("somebody has that address");
  });
});

test("adding a host, or a wire between others, changes no arrival", () => {
  const story = (crowd: boolean): number[] => {
    const { far, kernel, near, run, wires } = connected({ ...PLAIN, jitterMs: 100 });
    if (crowd) {
      const [c, d] = [wires.host("c"), wires.host("d")];
      d.listen(PORT, (wire) => wire.send(BYTE));
      dialling(kernel, c, d.ip);
    }
    for (let i = 0; i < 20; i++) kernel.after(i * 100, () => near.wire.send(BYTE));
    run(5_000);
    return far.times;
  };
  expect(story(true)).toEqual(story(false));
});

test("names and addresses are of one host each", () => {
  const { wires } = makeWires();
  wires.host("a", { ip: "20.0.0.9" });
  expect(() => wires.host("a")).toThrow("a host of that name");
  expect(() => wires.host("b", { ip: "20.0.0.9" })).toThrow("somebody has that address");
});
