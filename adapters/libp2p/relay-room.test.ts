import { multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import type { Conduct } from "./conduct/index.ts";
import { mayReserve, type relayOf, RELAY_RESERVATIONS_MAX, RELAY_RESERVATIONS_PER_PLACE_MAX } from "./relay-server.ts";
import { Circuits, makeRoom, type Occupant } from "./relay-room.ts";

const at = (ip: string) => multiaddr(`/ip4/${ip}/tcp/1`);

/** Who is there, by IP address, and who had to go. */
function occupied(...ips: readonly string[]): { readonly occupants: Occupant[]; readonly gone: number[] } {
  const gone: number[] = [];
  return { gone, occupants: ips.map((ip, i) => ({ addr: at(ip), end: () => gone.push(i) })) };
}

test("while there is room nobody goes; then the last of the network that has most", () => {
  const { gone, occupants } = occupied("20.1.0.1", "30.0.0.1", "30.0.1.1", "20.2.0.1");
  expect(makeRoom(at("20.3.0.1"), occupants, 5)).toBe(true);
  expect(gone).toEqual([]);
  expect(makeRoom(at("20.3.0.1"), occupants, 4)).toBe(true);
  expect(gone).toEqual([2]);
});

test("a newcomer from the network that has most is turned away, and so is anybody while none has more than one", () => {
  const crowd = occupied("20.1.0.1", "30.0.0.1", "30.0.1.1");
  expect(makeRoom(at("30.0.2.1"), crowd.occupants, 3)).toBe(false);
  const strangers = occupied("20.1.0.1", "20.2.0.1", "20.3.0.1");
  expect(makeRoom(at("20.4.0.1"), strangers.occupants, 3)).toBe(false);
  expect([...crowd.gone, ...strangers.gone]).toEqual([]);
});

test("circuits give way only to others that lead to the same peer, and what was closed takes no room", () => {
  const circuits = new Circuits(2);
  const gone: string[] = [];
  const open = (ip: string, to: string): false | (() => void) => {
    const close = circuits.open({ addr: at(ip), to, end: () => (gone.push(`${ip} ${to}`), close && close()) });
    return close;
  };
  const first = open("30.0.0.1", "a");
  open("30.0.1.1", "a");
  open("30.0.1.1", "b");
  expect(open("30.0.2.1", "a")).toBe(false);
  expect(open("20.1.0.1", "a")).not.toBe(false);
  expect(gone).toEqual(["30.0.1.1 a"]);
  expect(open("20.2.0.1", "a")).toBe(false);
  if (first !== false) first();
  expect(open("20.2.0.1", "a")).not.toBe(false);
  expect(gone).toHaveLength(1);
});

/** A relay with reservations of peers at these IP addresses. */
class Relay {
  readonly held: [string, { addr: ReturnType<typeof at>; signal: { clear(): void } }][] = [];
  readonly cutOff: string[] = [];
  admits = true;

  hold(peer: string, ip: string): void {
    this.held.push([peer, { addr: at(ip), signal: { clear() {} } }]);
  }

  asks(peer: string, ip: string): boolean {
    const reservations = {
      entries: () => this.held,
      delete: (gone: string) => this.held.splice(0, this.held.length, ...this.held.filter(([name]) => name !== gone)),
    };
    const connections = { addressOf: () => at(ip), abort: (gone: string) => this.cutOff.push(gone) };
    const conduct = { admit: () => this.admits } as Pick<Conduct, "admit">;
    return mayReserve(
      peer,
      { reservations } as unknown as ReturnType<typeof relayOf>,
      connections as Parameters<typeof mayReserve>[2],
      conduct,
    );
  }
}

test("somebody from elsewhere gets a reservation at a relay that a crowd has filled, and who held one before keeps it", () => {
  const relay = new Relay();
  relay.hold("friend", "20.1.0.1");
  for (let i = 1; i < RELAY_RESERVATIONS_MAX; i++) relay.hold(`crowd${i}`, `30.0.0.${i}`);
  expect(relay.asks("crowd", "30.0.0.200")).toBe(false);
  expect(relay.asks("newcomer", "20.2.0.1")).toBe(true);
  expect(relay.cutOff).toEqual([`crowd${RELAY_RESERVATIONS_MAX - 1}`]);
  expect(relay.held.map(([peer]) => peer)).toContain("friend");
  expect(relay.held).toHaveLength(RELAY_RESERVATIONS_MAX - 1);
  // To renew what one holds needs no room.
  expect(relay.asks("crowd1", "30.0.0.1")).toBe(true);
});

test("one place has its share, whoever asks too often nothing", () => {
  const relay = new Relay();
  for (let i = 0; i < RELAY_RESERVATIONS_PER_PLACE_MAX; i++) relay.hold(`neighbour${i}`, "20.1.0.1");
  expect(relay.asks("another", "20.1.0.1")).toBe(false);
  expect(relay.asks("neighbour0", "20.1.0.1")).toBe(true);
  expect(relay.asks("another", "20.2.0.1")).toBe(true);
  relay.admits = false;
  expect(relay.asks("another", "20.2.0.1")).toBe(false);
});
