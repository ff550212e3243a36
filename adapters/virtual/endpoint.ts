import { CODE_IP4, CODE_P2P, CODE_TCP, type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import type { Endpoint } from "../../sim/wire/index.ts";

/** Whether it is a TCP port at an IPv4 address, perhaps with the peer that is to be there, and nothing more. */
export function isEndpoint(address: Multiaddr): boolean {
  const [ip, tcp, peer, ...rest] = address.getComponents();
  if (ip?.code !== CODE_IP4 || tcp?.code !== CODE_TCP) return false;
  return (peer === undefined || peer.code === CODE_P2P) && rest.length === 0;
}

/** Of an address that {@link isEndpoint}. */
export function endpointOf(address: Multiaddr): Endpoint {
  const [ip, tcp] = address.getComponents();
  return { ip: ip?.value ?? "", port: Number(tcp?.value) };
}

export function multiaddrOf({ ip, port }: Endpoint): Multiaddr {
  return multiaddr(`/ip4/${ip}/tcp/${port}`);
}
