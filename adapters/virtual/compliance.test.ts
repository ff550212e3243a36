import type { TransportTestFixtures } from "@libp2p/interface-compliance-tests/transport";
import transportSuite from "@libp2p/interface-compliance-tests/transport";
import { noise } from "@libp2p/noise";
import { yamux } from "@libp2p/yamux";
import type { Multiaddr } from "@multiformats/multiaddr";
import { afterEach, beforeEach, describe, test } from "vitest";
import { Kernel, Stream } from "../../sim/kernel/index.ts";
import { Wires } from "../../sim/wire/index.ts";
import { isEndpoint } from "./endpoint.ts";
import { pump } from "./pump.testing.ts";
import { wireTransport } from "./transport.ts";

/** What Mocha gives a test as `this`. */
interface MochaContext {
  timeout(ms: number): void;
  skip(): void;
}

type MochaTest = (this: MochaContext) => Promise<void>;

const TIMEOUT_MS = 60_000;

function mocha(declare: typeof test): (name: string, body: MochaTest) => void {
  return (name, body) =>
    declare(name, (context) => body.call({ timeout: () => {}, skip: () => context.skip() }), TIMEOUT_MS);
}

// The suite was written for Mocha.
Object.assign(globalThis, { describe, beforeEach, afterEach, it: mocha(test) });

const matcher = {
  matchers: [],
  matches: (address: Multiaddr | undefined): boolean => address !== undefined && isEndpoint(address),
  exactMatch: (address: Multiaddr | undefined): boolean => address !== undefined && isEndpoint(address),
};

let stop = (): void => {};

async function setup(): Promise<TransportTestFixtures> {
  const kernel = new Kernel();
  const wires = new Wires(kernel, Stream.seeded(1));
  wires.conditions = { latencyMs: 1, jitterMs: 2, lossRate: 0.001, bandwidth: 20_000_000 };
  stop = pump(kernel);
  const shared = { connectionEncrypters: [noise()], streamMuxers: [yamux()] };
  // Of public addresses libp2p would tell none before others confirm them.
  const [dialler, listener] = [wires.host("dialler", { ip: "10.0.0.1" }), wires.host("listener", { ip: "10.0.0.2" })];
  return {
    dialMultiaddrMatcher: matcher,
    listenMultiaddrMatcher: matcher,
    dialer: { ...shared, transports: [wireTransport(dialler)] },
    listener: {
      ...shared,
      addresses: { listen: ["/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/tcp/0"] },
      transports: [wireTransport(listener)],
    },
  };
}

describe("libp2p's own suite, on a bad line", () => {
  transportSuite({ setup, teardown: async () => stop() });
});
