import type { MultiaddrConnection } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import { Doorway, HANDSHAKES_MAX } from "./doorway.ts";

class Knock extends EventTarget {
  readonly remoteAddr;
  aborted = false;

  constructor(ip: string) {
    super();
    this.remoteAddr = multiaddr(`/ip4/${ip}/tcp/1`);
  }

  abort(): void {
    this.aborted = true;
    this.dispatchEvent(new Event("close"));
  }
}

function knock(doorway: Doorway, ip: string): Knock & MultiaddrConnection {
  const connection = new Knock(ip) as unknown as Knock & MultiaddrConnection;
  doorway.enter(connection);
  return connection;
}

test("silent connections of one place push out each other, and nobody else", () => {
  const doorway = new Doorway();
  const guest = knock(doorway, "20.0.0.1");
  const silent = Array.from({ length: 3 * HANDSHAKES_MAX }, () => knock(doorway, "30.0.0.1"));
  expect(doorway.size).toBe(HANDSHAKES_MAX);
  expect(guest.aborted).toBe(false);
  expect(silent.map(({ aborted }) => aborted).lastIndexOf(true)).toBe(2 * HANDSHAKES_MAX);
});

test("of many places, the one that had longest goes first", () => {
  const doorway = new Doorway();
  const all = Array.from({ length: HANDSHAKES_MAX + 5 }, (_, i) => knock(doorway, `${20 + (i >> 8)}.${i & 255}.0.1`));
  expect(all.map(({ aborted }) => aborted).lastIndexOf(true)).toBe(4);
});

test("who came in, or left, takes no room", () => {
  const doorway = new Doorway();
  const all = Array.from({ length: HANDSHAKES_MAX }, () => knock(doorway, "20.0.0.1"));
  all[0]?.abort();
  if (all[1] !== undefined) doorway.leave(all[1]);
  expect(doorway.size).toBe(HANDSHAKES_MAX - 2);
  expect(all.slice(1).some(({ aborted }) => aborted)).toBe(false);
});
