import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import { locate } from "./address.ts";

/**
 * A libp2p service that has the public addresses of this machine's own interfaces told at once. The library would wait
 * until others have confirmed them, whom a young network does not have; it still withdraws what others cannot reach.
 */
export function interfaces({
  addressManager,
  events,
}: Pick<CircuitRelayTransportComponents, "addressManager" | "events">): object {
  events.addEventListener("transport:listening", ({ detail: listener }) => {
    for (const address of listener.getAddrs()) {
      const location = locate(address);
      if (location?.scope !== "internet" || location.relay !== undefined) continue;
      addressManager.confirmObservedAddr(address, { type: "transport" });
    }
  });
  return {};
}
