import { BlockList, isIPv4, isIPv6 } from "node:net";
import { BoundedMap } from "../../core/safety/index.ts";

/** How far away a network address may be: on this machine, on its local networks too, anywhere. */
export type Scope = "loopback" | "private" | "internet";

export const SCOPES: readonly Scope[] = ["loopback", "private", "internet"];

type Subnet = readonly [network: string, prefixBits: number];

function listOf(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of subnets) list.addSubnet(network, bits, isIPv4(network) ? "ipv4" : "ipv6");
  return list;
}

/** RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3. */
const LOOPBACK = listOf([
  ["127.0.0.0", 8],
  ["::1", 128],
]);
/** RFC 1918, link-local (RFC 3927, RFC 4291 section 2.5.6), unique local (RFC 4193), shared behind carriers (RFC 6598). */
const PRIVATE = listOf([
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
  ["fc00::", 7],
  ["fe80::", 10],
]);
/** This network, multicast, reserved and broadcast; unspecified and multicast: no one peer is there. */
const NOWHERE = listOf([
  ["0.0.0.0", 8],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 128],
  ["ff00::", 8],
]);

/** Of addresses that were judged lately: peers tell the same ones again and again. */
const judged = new BoundedMap<string, Scope | "nowhere">(4_096);

/**
 * The narrowest scope that contains an IP address; undefined for one where nobody is, and for what is none. An IPv6
 * address that maps an IPv4 address is judged as that one.
 */
export function scopeOf(host: string): Scope | undefined {
  let scope = judged.get(host);
  if (scope === undefined) judged.set(host, (scope = judge(host) ?? "nowhere"));
  return scope === "nowhere" ? undefined : scope;
}

function judge(host: string): Scope | undefined {
  const family = isIPv4(host) ? "ipv4" : isIPv6(host) ? "ipv6" : undefined;
  if (family === undefined || NOWHERE.check(host, family)) return undefined;
  if (LOOPBACK.check(host, family)) return "loopback";
  return PRIVATE.check(host, family) ? "private" : "internet";
}

/** Whether all of `inner` lies within `outer`. */
export function isWithin(inner: Scope, outer: Scope): boolean {
  return SCOPES.indexOf(inner) <= SCOPES.indexOf(outer);
}
