import { isIPv6 } from "node:net";
import type { Multiaddr } from "@multiformats/multiaddr";
import { locate } from "../address.ts";

/**
 * The subscriber that a direct connection comes from: an IPv4 address, or the first 64 bits of an IPv6 address, of which
 * the rest is the subscriber's own to choose. Undefined on this machine and through relays, where an address tells
 * nobody apart.
 */
export function placeOf(remoteAddr: Multiaddr): string | undefined {
  const location = locate(remoteAddr);
  if (location === undefined || location.relay !== undefined || location.scope === "loopback") return undefined;
  return isIPv6(location.host) ? prefixOf(location.host) : location.host;
}

function prefixOf(host: string): string {
  const [head = "", tail] = host.split("::");
  const groups = head === "" ? [] : head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  const whole = [...groups, ...new Array<string>(missing).fill("0"), ...(tail ?? "").split(":")];
  return whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
