import { expect, test } from "vitest";
import { Nat, NAT_MAPPINGS_MAX } from "./nat.ts";

test("a NAT forgets the oldest mapping when it has too many", () => {
  const nat = new Nat("symmetric");
  const ports = Array.from({ length: NAT_MAPPINGS_MAX + 1 }, (_, i) => nat.outward(4_001, "20.0.0.1", i));
  expect(new Set(ports).size).toBe(ports.length);
  const inward = ports.map((port, i) => nat.inward(port, "20.0.0.1", i));
  expect(inward).toEqual([undefined, ...Array(NAT_MAPPINGS_MAX).fill(4_001)]);
});

test("without a NAT every port is itself", () => {
  const nat = new Nat("none");
  expect([nat.passing(7), nat.outward(8, "20.0.0.1", 1), nat.inward(9, "20.0.0.1", 1)]).toEqual([7, 8, 9]);
});
