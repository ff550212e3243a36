import { beforeEach, describe, expect, test } from "vitest";
import { transportConformance } from "../../core/node/conformance.testing.ts";
import { portableSuite } from "../../core/suite/index.ts";
import { Kernel, Stream, Trace } from "../kernel/index.ts";
import { CALM, Network } from "./index.ts";

function makeNetwork(seed = 1): { kernel: Kernel; network: Network } {
  const kernel = new Kernel();
  return { kernel, network: new Network(kernel, Stream.seeded(seed), new Trace(portableSuite), portableSuite) };
}

transportConformance("the simulated mesh", () => {
  const { kernel, network } = makeNetwork();
  return {
    transports: [network.transport("a"), network.transport("b")],
    now: () => kernel.now,
    advance: (ms) => kernel.runUntil(kernel.now + ms),
    relocate: () => network.relocate("b", ["b elsewhere", "b"]),
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

  test("who moved is reached where it is now, and what goes to where it was is lost, or comes to who is there", () => {
    const atC: number[] = [];
    network.attach("c", (_from, bytes) => atC.push(bytes[0] ?? -1));
    const froms: string[] = [];
    network.attach("a", (from) => froms.push(from));
    const sendTo = (address: string, byte: number): void => {
      network.send("a", address, Uint8Array.of(byte));
      kernel.runUntil(kernel.now + 1_000);
    };
    network.send("a", "b", Uint8Array.of(1));
    network.relocate("b", ["inn", "camp"]);
    expect(network.addressesOf("b")).toEqual(["inn", "camp"]);
    sendTo("b", 2);
    sendTo("inn", 3);
    sendTo("camp", 4);
    expect([heard, network.dropped]).toEqual([[3, 4], 2]);
    network.relocate("c", ["b", "inn"]);
    sendTo("b", 5);
    sendTo("inn", 6);
    sendTo("c", 7);
    sendTo("camp", 8);
    expect([heard, atC, network.dropped]).toEqual([[3, 4, 8], [5, 6], 3]);
    network.send("b", "a", Uint8Array.of(9));
    network.send("c", "a", Uint8Array.of(9));
    kernel.runUntil(kernel.now + 1_000);
    expect(froms.sort()).toEqual(["b", "inn"]);
    // Faults act on nodes, wherever they are.
    network.partition("p", ["a"], ["b"]);
    sendTo("camp", 10);
    expect(heard).toEqual([3, 4, 8]);
  });

  test("what is in flight to a node that went down is lost", () => {
    network.send("a", "b", Uint8Array.of(1));
    network.detach("b");
    kernel.runUntil(kernel.now + 5_000);
    expect(heard).toEqual([]);
    expect(network.dropped).toBe(1);
  });
});
