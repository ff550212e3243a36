import { expect, test } from "vitest";
import { coinConformance, suiteConformance } from "../../core/suite/conformance.testing.ts";
import { countingRandom } from "../../core/suite/testing.ts";
import { Secret } from "../../core/safety/index.ts";
import { nativeSuite } from "./native.ts";
import { systemRandom } from "./random.ts";
import { simulationSuite } from "./simulation.ts";

suiteConformance("native", nativeSuite);
suiteConformance("simulation", simulationSuite);
coinConformance("simulation", simulationSuite);

test("native encapsulation takes OpenSSL's coins: it leaves `random` alone and never repeats itself", () => {
  const publicKey = nativeSuite.mlKemPublic(new Secret(countingRandom("seed").bytes(64)));
  const random = {
    bytes(): never {
      throw new Error("asked for coins");
    },
  };
  const [a, b] = [nativeSuite.mlKemEncapsulate(publicKey, random), nativeSuite.mlKemEncapsulate(publicKey, random)];
  expect(a?.ciphertext).toBeDefined();
  expect(a?.ciphertext).not.toEqual(b?.ciphertext);
  expect(a?.shared.expose()).not.toEqual(b?.shared.expose());
});

test("the system's randomness comes as plain bytes of its caller's own, of the length asked for, never twice", () => {
  for (const length of [0, 1, 32, 100_000]) {
    const bytes = systemRandom.bytes(length);
    expect(bytes.length).toBe(length);
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(bytes.buffer.byteLength).toBe(length);
  }
  expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32));
});
