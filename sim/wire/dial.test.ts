import { describe, expect, test } from "vitest";
import type { NatKind } from "./index.ts";
import { connected, dialling, makeWires, PLAIN, PORT, Witness } from "./pair.testing.ts";

describe("a dial", () => {
  test("opens after a round trip, and is taken half a round trip later, with what the dialler says first", () => {
    const { kernel, wires } = makeWires();
    const [a, b] = [wires.host("a"), wires.host("b")];
    const heard: [number, number][] = [];
    b.listen(PORT, (wire) => {
      heard.push([kernel.elapsed, 0]);
      wire.onData = (bytes) => heard.push([kernel.elapsed, bytes.length]);
    });
    let openedAt = 0;
    a.dial(b.ip, PORT, (wire) => {
      openedAt = kernel.elapsed;
      if (typeof wire !== "string") wire.send(Uint8Array.of(1, 2, 3));
    });
    kernel.runUntil(kernel.now + 1_000);
    expect([openedAt, heard]).toEqual([
      20,
      [
        [30, 0],
        [30, 3],
      ],
    ]);
  });

  test("shows each end where the other is", () => {
    const { a, b, far, near } = connected();
    expect(near.wire).toMatchObject({ direction: "outbound", remote: { ip: b.ip, port: PORT } });
    expect(far.wire).toMatchObject({ direction: "inbound", local: { ip: b.ip, port: PORT } });
    expect(far.wire.remote).toEqual(near.wire.local);
    expect(near.wire.local.ip).toBe(a.ip);
  });

  test("is refused after a round trip where nobody listens, any more or at all", () => {
    const { kernel, wires } = makeWires();
    const [a, b] = [wires.host("a"), wires.host("b")];
    b.listen(PORT, () => {}).close();
    const dial = dialling(kernel, a, b.ip);
    kernel.runUntil(kernel.now + 1_000);
    expect([dial.outcome, dial.at]).toEqual(["refused", 20]);
    expect(wires.counts).toMatchObject({ dials: 1, refused: 1, opened: 0 });
  });

  test("that the listener does not live to see is reset", () => {
    const { kernel, wires } = makeWires();
    const [a, b] = [wires.host("a"), wires.host("b")];
    const listening = b.listen(PORT, () => {});
    const dial = dialling(kernel, a, b.ip);
    kernel.after(15, () => listening.close());
    kernel.runUntil(kernel.now + 1_000);
    expect(dial.outcome).toMatchObject({ ending: "reset", closedAt: 40 });
    expect(b.ends.size).toBe(0);
  });

  test("to where nobody is is never answered, and costs nothing any more after a while", () => {
    const { kernel, wires } = makeWires();
    const dial = dialling(kernel, wires.host("a"), "20.9.9.9");
    kernel.runUntil(kernel.now + 100_000);
    const { events } = kernel;
    kernel.runUntil(kernel.now + 10_000_000);
    expect([dial.outcome, kernel.events - events]).toEqual([undefined, 0]);
  });

  test("that was cancelled opens nothing", () => {
    const { kernel, wires } = makeWires();
    const [a, b] = [wires.host("a"), wires.host("b")];
    b.listen(PORT, () => {});
    const dial = dialling(kernel, a, b.ip);
    kernel.after(15, dial.cancel);
    kernel.runUntil(kernel.now + 100_000);
    expect([dial.outcome, a.ends.size, b.ends.size]).toEqual([undefined, 0, 0]);
  });

  test("is taken once by who pauses at once", () => {
    const { kernel, wires } = makeWires();
    const [a, b] = [wires.host("a"), wires.host("b")];
    const taken: Witness[] = [];
    b.listen(PORT, (wire) => {
      taken.push(new Witness(kernel, wire));
      wire.pause();
    });
    a.dial(b.ip, PORT, (wire) => typeof wire !== "string" && wire.send(Uint8Array.of(1)));
    kernel.runUntil(kernel.now + 1_000);
    taken[0]?.wire.resume();
    kernel.runUntil(kernel.now + 1_000);
    expect(taken.map(({ bytes }) => bytes)).toEqual([[1]]);
  });

  test.each([
    ["there", "a", "b", true],
    ["back", "b", "a", true],
    ["both ways", "a", "b", false],
  ])("waits for a cut to be mended, %s", (_, left, right, oneWay) => {
    const { kernel, wires } = makeWires();
    const [a, b] = [wires.host("a"), wires.host("b")];
    b.listen(PORT, () => {});
    wires.cut("cut", [left], [right], oneWay);
    const dial = dialling(kernel, a, b.ip);
    kernel.runUntil(kernel.now + 2_000);
    wires.mend("cut");
    kernel.runUntil(kernel.now + 10_000);
    // The first packet is sent again after a second, then after two more.
    expect([dial.outcome, dial.at]).toEqual([expect.any(Witness), 3_020]);
  });

  test("survives losses", () => {
    const { kernel, wires } = makeWires({ ...PLAIN, lossRate: 0.3 });
    const [a, b] = [wires.host("a"), wires.host("b")];
    b.listen(PORT, () => {});
    const dials = Array.from({ length: 50 }, (_, i) => {
      kernel.runUntil(kernel.now + 10);
      return { dial: dialling(kernel, a, b.ip), begin: i };
    });
    kernel.runUntil(kernel.now + 60_000);
    const opened = dials.filter(({ dial }) => dial.outcome instanceof Witness);
    expect(opened.length).toBeGreaterThan(45);
    expect(opened.some(({ dial }) => dial.at > 1_000)).toBe(true);
  });

  test("reaches the host itself", () => {
    const { kernel, wires } = makeWires();
    const a = wires.host("a", { nat: "cone" });
    a.listen(PORT, () => {});
    const dials = [dialling(kernel, a, "127.0.0.1"), dialling(kernel, a, a.localIp)];
    kernel.runUntil(kernel.now + 1_000);
    expect(dials.map(({ outcome }) => outcome)).toEqual([expect.any(Witness), expect.any(Witness)]);
  });
});

describe("ports", () => {
  test("are drawn when asked for, and taken once", () => {
    const { wires } = makeWires();
    const a = wires.host("a");
    const [one, two] = [a.listen(0, () => {}), a.listen(0, () => {})];
    expect(one.port).not.toBe(two.port);
    expect(() => a.listen(one.port, () => {})).toThrow(RangeError);
    one.close();
    a.listen(one.port, () => {});
  });
});

describe("behind a NAT", () => {
  /** A host of that kind, "a", two others, "b" and "c"; all listen. */
  function stage(nat: NatKind) {
    const { kernel, wires } = makeWires();
    const hosts = [wires.host("a", { nat }), wires.host("b"), wires.host("c")] as const;
    const seen: { by: string; ip: string; port: number }[] = [];
    for (const host of hosts)
      host.listen(PORT, ({ remote }) => void seen.push({ by: host.name, ip: remote.ip, port: remote.port }));
    const run = (ms = 200): void => kernel.runUntil(kernel.now + ms);
    return { kernel, hosts, seen, run };
  }

  test("a host has another address than others see, and dials out from that one", () => {
    const { hosts, kernel, run, seen } = stage("cone");
    const [a, b] = hosts;
    const dial = dialling(kernel, a, b.ip);
    run();
    expect(a.localIp).toMatch(/^10\./u);
    expect(dial.outcome).toMatchObject({ wire: { local: { ip: a.localIp } } });
    expect(seen).toMatchObject([{ by: "b", ip: a.ip }]);
  });

  test.each(["cone", "symmetric"] as const)("%s: nobody gets in uncalled", (nat) => {
    const { hosts, kernel, run } = stage(nat);
    const [a, b] = hosts;
    const dials = [dialling(kernel, b, a.ip), dialling(kernel, b, a.localIp)];
    run(100_000);
    expect(dials.map(({ outcome }) => outcome)).toEqual([undefined, undefined]);
  });

  test("cone: one mapping for all, which lets in whoever was spoken to, from any port, and nobody else", () => {
    const { hosts, kernel, run, seen } = stage("cone");
    const [a, b, c] = hosts;
    dialling(kernel, a, b.ip, { localPort: PORT });
    run();
    const mapped = seen[0]?.port ?? 0;
    const [back, stranger] = [dialling(kernel, b, a.ip, { port: mapped }), dialling(kernel, c, a.ip, { port: mapped })];
    run();
    expect([back.outcome, stranger.outcome]).toEqual([expect.any(Witness), undefined]);
    dialling(kernel, a, c.ip, { localPort: PORT });
    run(10_000);
    expect(seen.filter(({ by }) => by === "c")).toMatchObject([{ port: mapped }]);
    // It knocked on while the mapping had not yet been opened for it.
    expect(stranger.outcome).toBeInstanceOf(Witness);
  });

  test("symmetric: a mapping for each destination, which only that one gets in by, from the same port", () => {
    const { hosts, kernel, run, seen } = stage("symmetric");
    const [a, b, c] = hosts;
    dialling(kernel, a, b.ip, { localPort: PORT });
    dialling(kernel, a, c.ip, { localPort: PORT });
    run();
    const [atB, atC] = ["b", "c"].map((name) => seen.find(({ by }) => by === name)?.port ?? 0) as [number, number];
    expect(atB).not.toBe(atC);
    const same = dialling(kernel, b, a.ip, { port: atB, localPort: PORT });
    const otherPort = dialling(kernel, b, a.ip, { port: atB });
    const otherHost = dialling(kernel, c, a.ip, { port: atB, localPort: PORT });
    run(100_000);
    expect([same.outcome, otherPort.outcome, otherHost.outcome]).toEqual([expect.any(Witness), undefined, undefined]);
  });

  test("rebinding silences open wires and closes what was open to others", () => {
    const { hosts, kernel, run, seen } = stage("cone");
    const [a, b] = hosts;
    const dial = dialling(kernel, a, b.ip, { localPort: PORT });
    run();
    a.rebind();
    const back = dialling(kernel, b, a.ip, { port: seen[0]?.port ?? 0 });
    if (dial.outcome instanceof Witness) dial.outcome.wire.send(Uint8Array.of(1));
    run(100_000);
    expect([dial.outcome, back.outcome]).toMatchObject([{ ending: "timeout" }, undefined]);
    const again = dialling(kernel, a, b.ip, { localPort: PORT });
    run();
    expect(again.outcome).toBeInstanceOf(Witness);
    expect(seen.at(-1)?.port).not.toBe(seen[0]?.port);
  });
});
