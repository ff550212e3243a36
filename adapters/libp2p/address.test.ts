import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAddress } from "./address.ts";

const SEED = 1;
const PEER = "12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZJ";

test.each([`/ip4/127.0.0.1/udp/4001/quic-v1/p2p/${PEER}`, `/ip4/127.1.2.3/tcp/65535/p2p/${PEER}`])(
  "reads %s",
  (text) => {
    const parsed = parseAddress(text);
    expect(parsed?.peer).toBe(PEER);
    expect(parsed?.multiaddr.toString()).toBe(text);
  },
);

test.each([
  ["a host outside this machine", `/ip4/192.0.2.1/tcp/4001/p2p/${PEER}`],
  ["a name that would be resolved", `/dns4/localhost/tcp/4001/p2p/${PEER}`],
  ["no peer id, so that anybody could answer", "/ip4/127.0.0.1/tcp/4001"],
  ["a relay", `/ip4/127.0.0.1/tcp/4001/p2p/${PEER}/p2p-circuit`],
  ["an octet above 255", `/ip4/127.0.0.256/tcp/4001/p2p/${PEER}`],
  ["a port above 65535", `/ip4/127.0.0.1/tcp/65536/p2p/${PEER}`],
  ["a line break at the end", `/ip4/127.0.0.1/tcp/4001/p2p/${PEER}\n`],
  ["nothing", ""],
])("refuses %s", (_why, text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test("is total on any text", () => {
  const pieces = fc.constantFrom("/ip4/", "127.0.0.1", "999", "/tcp/", "/udp/", "/quic-v1", "/p2p/", PEER, "99999");
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }), (parts) => {
      const parsed = parseAddress(parts.join(""));
      expect(parsed === undefined || parsed.peer === PEER).toBe(true);
    }),
    { seed: SEED },
  );
});
