import { bytesToHex } from "@noble/hashes/utils.js";
import { BoundedMap, Secret } from "../../core/safety/index.ts";
import type { Suite } from "../../core/suite/index.ts";

const RESULTS_MAX = 65_536;

/** The same suite, in which the nodes of one run share the results of costly pure functions: a thousand compute once. */
export function sharedVerifications(suite: Suite): Suite {
  const known = new BoundedMap<string, boolean | Uint8Array>(RESULTS_MAX);

  function shared<T extends boolean | Uint8Array>(
    operation: keyof Suite,
    parts: readonly Uint8Array[],
    compute: () => T | undefined,
  ): T | undefined {
    // The lengths keep lists of parts with one concatenation apart.
    const lengths = new Uint8Array(Uint32Array.from(parts, (part) => part.length).buffer);
    const key = `${operation} ${bytesToHex(suite.sha256(lengths, ...parts))}`;
    const before = known.get(key);
    if (before !== undefined) return before as T;
    const result = compute();
    if (result !== undefined) known.set(key, result);
    return result;
  }

  return {
    ...suite,

    ed25519Verify(publicKey, message, signature) {
      const compute = (): boolean => suite.ed25519Verify(publicKey, message, signature);
      return shared("ed25519Verify", [publicKey, message, signature], compute) === true;
    },

    // The caller owns what it is given; the next one gets the same bytes again.
    vrfVerify(publicKey, input, proof) {
      return shared("vrfVerify", [publicKey, input, proof], () => suite.vrfVerify(publicKey, input, proof))?.slice();
    },

    blsVerifyPossession(publicKey, proof) {
      const compute = (): boolean => suite.blsVerifyPossession(publicKey, proof);
      return shared("blsVerifyPossession", [publicKey, proof], compute) === true;
    },

    blsVerify(publicKeys, message, signature) {
      const compute = (): boolean => suite.blsVerify(publicKeys, message, signature);
      return shared("blsVerify", [...publicKeys, message, signature], compute) === true;
    },

    argon2id(password, salt, cost, length) {
      const numbers = new Uint8Array(Float64Array.of(cost.memoryKiB, cost.passes, length).buffer);
      const compute = (): Uint8Array => suite.argon2id(password, salt, cost, length).expose();
      return Secret.copyOf(shared("argon2id", [numbers, password, salt], compute) as Uint8Array);
    },
  };
}
