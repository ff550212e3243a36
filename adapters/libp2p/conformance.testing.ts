// Real sockets, on loopback.
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { transportConformance } from "../../core/node/conformance.testing.ts";
import { Secret } from "../../core/safety/index.ts";
import { startLibp2p, type Wire } from "./index.ts";

export function wireConformance(wire: Wire): void {
  transportConformance(`libp2p over ${wire}`, async () => {
    let now = 1_000;
    const clock = { now: () => now, at: () => () => {} };
    const start = () => startLibp2p({ wire, seed: new Secret(new Uint8Array(randomBytes(32))), clock });
    const [a, b] = await Promise.all([start(), start()]);
    a.addPeer(b.address);
    b.addPeer(a.address);
    return {
      transports: [a, b],
      now: () => now,
      advance: (ms) => void (now += ms),
      settle: (reached) => expect.poll(reached, { interval: 2, timeout: 20_000 }).toBe(true),
      async end() {
        await Promise.all([a.stop(), b.stop()]);
      },
    };
  });
}
