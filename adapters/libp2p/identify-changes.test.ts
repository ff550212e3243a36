import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import type { IdentifyPushComponents } from "@libp2p/identify";
import { expect, test, vi } from "vitest";
import { identifyChanges } from "./identify-changes.ts";

/** What the service asks of libp2p, and how often it went through the connections to tell. */
function node() {
  const addresses: Multiaddr[] = [multiaddr("/ip4/198.51.100.1/tcp/1")];
  const protocols = ["/a/1"];
  const getConnections = vi.fn(() => []);
  const events = new EventTarget();
  const components = {
    addressManager: { getAddresses: () => addresses },
    connectionManager: { getConnections },
    events,
    logger: { forComponent: () => Object.assign(() => {}, { error() {}, trace() {} }) },
    nodeInfo: { userAgent: "test" },
    registrar: { getProtocols: () => protocols, handle: async () => {} },
  };
  const service = identifyChanges()(components as unknown as IdentifyPushComponents);
  const push = vi.fn();
  // Where the library's own begins, after it has waited for more.
  Object.assign(service, { _push: push });
  return {
    addresses,
    protocols,
    push,
    connects: () => events.dispatchEvent(new Event("connection:open")),
    writes: () => events.dispatchEvent(new Event("self:peer:update")),
  };
}

test("what identify said is not said again", () => {
  const { connects, protocols, push, writes } = node();
  writes();
  protocols.push("/b/1");
  connects();
  writes();
  connects();
  writes();
  expect(push).not.toHaveBeenCalled();
});

test("a new address and a new protocol are told, each once, and a withdrawn one too", () => {
  const { addresses, connects, protocols, push, writes } = node();
  connects();
  addresses.push(multiaddr("/ip4/198.51.100.2/tcp/1"));
  writes();
  writes();
  expect(push).toHaveBeenCalledTimes(1);
  protocols.push("/b/1");
  writes();
  expect(push).toHaveBeenCalledTimes(2);
  addresses.pop();
  writes();
  expect(push).toHaveBeenCalledTimes(3);
});

test("what changed before anybody could hear of it is told to whoever came meanwhile", () => {
  const { addresses, connects, push, writes } = node();
  addresses.length = 0;
  connects();
  addresses.push(multiaddr("/ip4/198.51.100.1/tcp/1"));
  connects();
  writes();
  expect(push).toHaveBeenCalledTimes(1);
});
