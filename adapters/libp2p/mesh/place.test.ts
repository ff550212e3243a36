import { multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import { placeOf } from "./place.ts";

test.each([
  ["/ip4/198.51.100.1/tcp/1", "198.51.100.1"],
  ["/ip6/2001:db8:1:2:3:4:5:6/tcp/1", "2001:db8:1:2"],
  ["/ip6/2001:db8::1/tcp/1", "2001:db8:0:0"],
  ["/ip6/::ffff:198.51.100.1/udp/1/quic-v1", "198.51.100.1"],
  ["/ip4/127.0.0.1/tcp/1", undefined],
])("%s comes from %s", (address, place) => {
  expect(placeOf(multiaddr(address))).toBe(place);
});
