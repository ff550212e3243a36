import { RELAY_V2_HOP_CODEC } from "@libp2p/circuit-relay-v2";
import type { Connection, IdentifyResult, PeerId } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseAddress, type PeerAddress } from "./address.ts";
import type { ReservationStore } from "./relay-transport.ts";
import { Reservations, RESERVATIONS_HELD_MAX } from "./reservations.ts";

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

const EXPIRES_S = 1_200;

function relay(letter: string): PeerAddress {
  const peer = `12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZ${letter}`;
  const parsed = parseAddress(`/ip4/10.0.0.1/tcp/1/p2p/${peer}`, "private");
  if (parsed === undefined) throw new Error("malformed");
  return parsed;
}

const [A, B, C, D] = [relay("A"), relay("B"), relay("C"), relay("D")];
const idOf = ({ peer }: PeerAddress): PeerId => ({ toString: () => peer }) as PeerId;

/** A world of relays, some of which grant reservations. */
class World {
  readonly granting = new Set<string>();
  readonly asked: string[] = [];
  readonly reservations: Reservations;
  readonly #listeners = new Map<string, (event: { detail: unknown }) => void>();

  constructor(...named: PeerAddress[]) {
    this.reservations = new Reservations(named);
  }

  start(): void {
    const addEventListener = (type: string, listener: (event: never) => void): void => {
      this.#listeners.set(type, listener as (event: { detail: unknown }) => void);
    };
    const dial = (at: { toString(): string }): Promise<Connection> => {
      const peer = at.toString().split("/p2p/").at(-1) ?? "";
      return Promise.resolve({ remotePeer: { toString: () => peer } as PeerId } as Connection);
    };
    const addRelay = (id: PeerId): Promise<void> => {
      this.asked.push(id.toString());
      if (!this.granting.has(id.toString())) return Promise.reject(new Error("full"));
      this.#emit("relay:created-reservation", {
        relay: id,
        details: { reservation: { addrs: [], expire: BigInt(EXPIRES_S) } },
      });
      return Promise.resolve();
    };
    this.reservations.start(
      { dial, addEventListener } as unknown as Libp2p,
      { addRelay, addEventListener } as unknown as ReservationStore,
    );
  }

  /** Connects with a peer that says it is a relay. */
  meet(
    address: PeerAddress,
    protocols: string[] = [RELAY_V2_HOP_CODEC],
    limits?: object,
    direction: "inbound" | "outbound" = "outbound",
  ): void {
    const connection = { limits, direction };
    this.#emit("peer:identify", { connection, peerId: idOf(address), protocols } as IdentifyResult);
  }

  lose(address: PeerAddress): void {
    this.#emit("relay:removed", { relay: idOf(address) });
  }

  get held(): string[] {
    return this.reservations.held.map(({ peer }) => peer);
  }

  #emit(type: string, detail: unknown): void {
    this.#listeners.get(type)?.({ detail });
  }
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test("holds no more reservations than it may, at the relays that were named first", async () => {
  const world = new World(A, B, C);
  for (const { peer } of [A, B, C, D]) world.granting.add(peer);
  world.start();
  await settle();
  world.meet(D);
  await settle();
  expect(world.held).toEqual([A.peer, B.peer]);
  expect(world.asked.length).toBe(RESERVATIONS_HELD_MAX);
  expect(world.reservations.held[0]?.expiresMs).toBe(EXPIRES_S * 1_000);
  expect([A, C].map(({ peer }) => world.reservations.holds(peer))).toEqual([true, false]);
  expect(vi.getTimerCount()).toBe(0);
});

test("when a relay is lost, the next one takes its place at once; the lost one may come again", async () => {
  const world = new World(A, B);
  for (const { peer } of [A, B, C]) world.granting.add(peer);
  world.start();
  await settle();
  world.meet(C);
  world.granting.delete(A.peer);
  world.lose(A);
  await settle();
  expect(world.held).toEqual([B.peer, C.peer]);
  world.granting.add(A.peer);
  world.granting.delete(C.peer);
  world.lose(C);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(world.held).toEqual([B.peer, A.peer]);
});

test("strangers do not take the place of all named relays: one of these is asked on, and held beside them", async () => {
  const world = new World(A, B);
  for (const { peer } of [C, D]) world.granting.add(peer);
  world.start();
  for (const stranger of [C, D]) world.meet(stranger);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.held).toEqual([C.peer, D.peer]);
  for (const { peer } of [A, B]) world.granting.add(peer);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.held).toEqual([C.peer, D.peer, A.peer]);
  // That is enough, and so are these two once a stranger goes.
  expect(vi.getTimerCount()).toBe(0);
  world.lose(C);
  await settle();
  expect(world.held).toEqual([D.peer, A.peer]);
});

test("a named relay that refuses is asked again, less and less often, and a discovered one is forgotten", async () => {
  const world = new World(A);
  world.start();
  world.meet(B);
  await vi.advanceTimersByTimeAsync(7_000);
  expect(world.asked.filter((peer) => peer === A.peer)).toHaveLength(4);
  expect(world.asked.filter((peer) => peer === B.peer)).toHaveLength(1);
  world.granting.add(A.peer);
  await vi.advanceTimersByTimeAsync(8_000);
  expect(world.held).toEqual([A.peer]);
  world.reservations.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test("a relay that grants and goes is asked less and less often", async () => {
  const world = new World(A);
  world.granting.add(A.peer);
  world.start();
  for (let second = 0; second < 16; second++) {
    await settle();
    if (world.held.length > 0) world.lose(A);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(world.asked.length).toBeLessThanOrEqual(6);
});

test("only who says it is a relay, and was dialled directly, is one", async () => {
  const world = new World();
  for (const { peer } of [A, B, C, D]) world.granting.add(peer);
  world.start();
  world.meet(A, ["/ipfs/id/1.0.0"]);
  world.meet(B, [RELAY_V2_HOP_CODEC], { bytes: 1n });
  world.meet(D, [RELAY_V2_HOP_CODEC], undefined, "inbound");
  world.meet(C);
  await settle();
  expect(world.held).toEqual([C.peer]);
});
