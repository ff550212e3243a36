import { CARD_ADDRESSES_MAX } from "../../core/identity/index.ts";
import { type Carrier, parseAddress, type PeerAddress } from "./address.ts";
import { isWithin, type Scope } from "./reach.ts";

/** What is told last, when not everything can be told: few networks let it through, or it takes longest to dial. */
const PREFERENCE: readonly Carrier[] = ["memory", "quic", "tcp", "webrtc-direct", "ws"];

/** What is told, where there is nothing of the scope itself; nobody on another machine has a use for loopback. */
const INSTEAD: Readonly<Record<Scope, readonly Scope[]>> = {
  internet: ["private"],
  private: ["loopback"],
  loopback: [],
};

/**
 * Which of a node's addresses others are told, best first: direct ones, then one for each relay, then what else fits.
 * At most CARD_ADDRESSES_MAX. What nobody else can route to is left out, unless there is nothing else: a node that
 * talks to the internet does not tell its place in a local network.
 */
export function chooseAddresses(found: readonly string[], scope: Scope): readonly string[] {
  const all = [...new Set(found)].flatMap((text) => parseAddress(text, scope) ?? []);
  // A signalled connection mostly fails without the help of third parties, and only after seconds: for who has no other.
  const plain = all.filter(({ signalled }) => !signalled);
  const parsed = plain.length > 0 ? plain : all;
  const told = [scope, ...INSTEAD[scope]]
    .map((least) => parsed.filter((address) => isWithin(least, address.scope)))
    .find(({ length }) => length > 0);
  if (told === undefined) return [];
  const sorted = told.toSorted((a, b) => rank(a) - rank(b));
  const direct = sorted.filter(({ relay }) => relay === undefined);
  const relayed = sorted.filter(({ relay }) => relay !== undefined);
  const heads = relayed.filter(({ relay }, index) => relayed.findIndex((other) => other.relay === relay) === index);
  const others = relayed.filter((address) => !heads.includes(address));
  const room = Math.max(CARD_ADDRESSES_MAX - heads.length, 1);
  return [...direct.slice(0, room), ...heads, ...others, ...direct.slice(room)]
    .slice(0, CARD_ADDRESSES_MAX)
    .toSorted((a, b) => Number(a.relay !== undefined) - Number(b.relay !== undefined))
    .map(({ multiaddr }) => multiaddr.toString());
}

function rank({ carrier }: PeerAddress): number {
  return PREFERENCE.indexOf(carrier);
}
