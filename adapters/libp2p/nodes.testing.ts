import { randomBytes } from "node:crypto";
import { noise } from "@libp2p/noise";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2p, type Libp2pOptions } from "libp2p";
import { afterEach, expect } from "vitest";
import type { Clock } from "../../core/node/index.ts";
import { Secret } from "../../core/safety/index.ts";
import type { Libp2pTransport } from "./index.ts";

export const POLL: { readonly interval: number; readonly timeout: number } = { interval: 2, timeout: 20_000 };

/** Stands at the time that `now` says, while timers run as ever. */
export function clockAt(now: () => number): Clock {
  return {
    now,
    at(time, callback) {
      const timer = setTimeout(callback, Math.max(time - now(), 0));
      return () => clearTimeout(timer);
    },
  };
}

export const stillClock: Clock = clockAt(() => 1_000);

export function randomSeed(): Secret {
  return new Secret(new Uint8Array(randomBytes(32)));
}

const running: { stop(): Promise<void> | void }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.stop()));
});

/** Stops it after the test. */
export function tended<T extends { stop(): Promise<void> | void }>(node: T): T {
  running.push(node);
  return node;
}

/** A libp2p node with nothing of this project in it. */
export async function strangerNode(options: Libp2pOptions): Promise<Libp2p> {
  const defaults = { connectionEncrypters: [noise()], streamMuxers: [yamux()], connectionMonitor: { enabled: false } };
  return tended(await createLibp2p({ ...defaults, ...options }));
}

interface Arrival {
  readonly from: string;
  readonly bytes: Uint8Array;
}

/** A started transport, and what it received. */
export class TestNode {
  readonly transport: Libp2pTransport;
  readonly arrivals: Arrival[] = [];
  readonly heard: Arrival[] = [];

  constructor(transport: Libp2pTransport) {
    this.transport = tended(transport);
    transport.onReceive((from, bytes) => this.arrivals.push({ from, bytes }));
    transport.onGossip((from, bytes) => this.heard.push({ from, bytes }));
  }

  /** Its best address. */
  get address(): string {
    return this.transport.addresses[0] ?? "";
  }

  get peer(): string {
    return this.transport.status().peer;
  }

  async received(count: number): Promise<void> {
    await expect.poll(() => this.arrivals.length, POLL).toBe(count);
  }

  ask(to: string, question: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.transport.ask(to, question, resolve));
  }

  find(address: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.transport.getRecord(address, resolve));
  }
}
