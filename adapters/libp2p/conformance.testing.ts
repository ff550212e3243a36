import { expect } from "vitest";
import { transportConformance } from "../../core/node/conformance.testing.ts";
import { type Libp2pTransport, type Libp2pWire, loopbackOptions, startLibp2p } from "./index.ts";
import { startInMemory } from "./memory.testing.ts";
import { clockAt, POLL, randomSeed } from "./nodes.testing.ts";
import { RELAYED } from "./relay-transport.ts";

export function wireConformance(wire: Libp2pWire | "memory"): void {
  transportConformance(`libp2p over ${wire}`, async () => {
    let now = 1_000;
    const clock = clockAt(() => now);
    const running: Libp2pTransport[] = [];
    const start = async (by: Libp2pWire | "memory", serveRelay = false): Promise<Libp2pTransport> => {
      const seed = randomSeed();
      if (by === "memory") return startInMemory(seed, clock);
      const options = loopbackOptions(by, seed, clock);
      return startLibp2p({ ...options, listen: [...options.listen, RELAYED], serveRelay });
    };
    // The native side of WebRTC confuses the listeners of one process: the first node dials and is dialled otherwise.
    const [a, b] = await Promise.all([start(wire === "webrtc-direct" ? "tcp" : wire), start(wire)]);
    running.push(a, b);
    a.addPeer(b.addresses[0] ?? "");
    if (process.env.M !== undefined)
      await expect.poll(() => [a, b].map((node) => node.status().gossip.peers), POLL).toEqual([1, 1]);
    return {
      transports: [a, b],
      now: () => now,
      advance: (ms) => void (now += ms),
      settle: (reached) => expect.poll(reached, POLL).toBe(true),
      ...(wire === "memory"
        ? {}
        : {
            async relocate() {
              const relay = await start("tcp", true);
              running.push(relay);
              b.addPeer(relay.addresses[0] ?? "");
            },
          }),
      async end() {
        await Promise.all(running.map((node) => node.stop()));
      },
    };
  });
}
