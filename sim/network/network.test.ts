import { beforeEach, describe, expect, test } from "vitest";
import { transportConformance } from "../../core/node/conformance.testing.ts";
import { portableSuite } from "../../core/suite/index.ts";
import { Kernel, Stream, Trace } from "../kernel/index.ts";
import { CALM, Network } from "./index.ts";

function makeNetwork(seed = 1): { kernel: Kernel; network: Network } {
  const kernel = new Kernel();
  return { kernel, network: new Network(kernel, Stream.seeded(seed), new Trace(portableSuite)) };
}

transportConformance("the simulated mesh", () => {
  const { kernel, network } = makeNetwork();
  return {
    transports: [network.transport("a"), network.transport("b")],
    now: () => kernel.now,
    advance: (ms) => kernel.runUntil(kernel.now + ms),
    settle: (reached) => {
      for (let i = 0; i < 100 && !reached(); i++) kernel.runUntil(kernel.now + 100);
    },
  };
});

describe("conditions and faults", () => {
  let kernel: Kernel;
  let network: Network;
  let heard: number[];

  beforeEach(() => {
    ({ kernel, network } = makeNetwork());
    heard = [];
    network.attach("b", (_from, bytes) => heard.push(bytes[0] ?? -1));
  });

  function sendMany(count: number): void {
    for (let i = 0; i < count; i++) network.send("a", "b", Uint8Array.of(i % 256));
    kernel.runUntil(kernel.now + 600_000);
  }

  test("a calm network delivers everything once", () => {
    sendMany(200);
    expect([...heard].sort((x, y) => x - y)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test("loss and duplication come at their rates", () => {
    network.conditions = { ...CALM, lossRate: 0.3 };
    sendMany(1_000);
    expect(heard.length).toBeGreaterThan(600);
    expect(heard.length).toBeLessThan(800);
    heard = [];
    network.conditions = { ...CALM, duplicationRate: 0.3 };
    sendMany(1_000);
    expect(heard.length).toBeGreaterThan(1_200);
    expect(heard.length).toBeLessThan(1_400);
  });

  test("reordering reorders, bandwidth queues", () => {
    network.conditions = { ...CALM, jitterMs: 0, reorderingRate: 0.2, reorderingMs: 5_000 };
    sendMany(100);
    expect(heard).not.toEqual([...heard].sort((x, y) => x - y));
    network.conditions = { ...CALM, jitterMs: 0, bandwidth: 1_000 };
    const began = kernel.now;
    let last = 0;
    network.attach("b", () => {
      last = kernel.now;
    });
    for (let i = 0; i < 10; i++) network.send("a", "b", new Uint8Array(500));
    kernel.runUntil(kernel.now + 60_000);
    expect(last - began).toBe(5_000 + CALM.latencyMs);
  });

  test("a partition cuts what crosses it, one way or both, until it heals", () => {
    const back: number[] = [];
    network.attach("a", (_from, bytes) => back.push(bytes[0] ?? -1));
    const both = (): void => {
      network.send("a", "b", Uint8Array.of(1));
      network.send("b", "a", Uint8Array.of(2));
      kernel.runUntil(kernel.now + 1_000);
    };
    network.partition("p", ["a"], ["b"]);
    both();
    expect([heard, back]).toEqual([[], []]);
    network.partition("p", ["a"], ["b"], true);
    both();
    expect([heard, back]).toEqual([[], [2]]);
    network.heal();
    both();
    expect([heard, back]).toEqual([[1], [2, 2]]);
  });

  test("the first rule that does not pass decides; alterations change what arrives, taps see what was sent", () => {
    const tapped: number[] = [];
    network.tap(({ bytes }) => tapped.push(bytes[0] ?? -1));
    network.rule("late", () => ({ delayMs: 10_000 }));
    network.rule("never", () => "drop");
    network.alter(({ bytes }) => Uint8Array.of((bytes[0] ?? 0) + 100));
    network.send("a", "b", Uint8Array.of(1));
    kernel.runUntil(kernel.now + 5_000);
    expect(heard).toEqual([]);
    kernel.runUntil(kernel.now + 10_000);
    expect(heard).toEqual([101]);
    expect(tapped).toEqual([1]);
  });

  test("what is in flight to a node that went down is lost", () => {
    network.send("a", "b", Uint8Array.of(1));
    network.detach("b");
    kernel.runUntil(kernel.now + 5_000);
    expect(heard).toEqual([]);
    expect(network.dropped).toBe(1);
  });
});
