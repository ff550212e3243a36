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
  return location.host.includes(":") ? prefixOf(location.host) : location.host;
}

/**
 * Whose network a place is in, roughly: the first 16 bits of an IPv4 address, the first 32 of an IPv6 address, which is
 * what providers are given. Addresses of one network are had in numbers by whoever rents there.
 */
export function networkOf(place: string): string {
  const separator = place.includes(":") ? ":" : ".";
  return place.split(separator).slice(0, 2).join(separator);
}

function prefixOf(host: string): string {
  const [head = "", tail] = host.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...new Array<string>(missing).fill("0"), ...after].map((group) =>
    Number.parseInt(group, 16),
  );
  // RFC 4291 section 2.5.5.2: an IPv4 address as a dual-stack socket shows it.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join(".");
  }
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":");
}
