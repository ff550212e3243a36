import { multiaddr } from "@multiformats/multiaddr";

/** Whether a text is a multiaddr that ends in `/p2p/` and something: where and whom. Total. */
export function isPeerAddress(text: string): boolean {
  try {
    return /^\/.*\/p2p\/[^/]+$/u.test(text) && multiaddr(text).getComponents().length > 1;
  } catch {
    return false;
  }
}
