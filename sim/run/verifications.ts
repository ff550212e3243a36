import { bytesToHex } from "@noble/hashes/utils.js";
import { BoundedMap } from "../../core/safety/index.ts";
import type { Suite } from "../../core/suite/index.ts";

const VERIFICATIONS_MAX = 65_536;

/** The same suite, in which the nodes of one run share the results of pure verifications: a thousand check once. */
export function sharedVerifications(suite: Suite): Suite {
  const known = new BoundedMap<string, boolean>(VERIFICATIONS_MAX);
  return {
    ...suite,
    ed25519Verify(publicKey, message, signature) {
      const lengths = new Uint8Array(Uint32Array.of(publicKey.length, message.length).buffer);
      const key = bytesToHex(suite.sha256(lengths, publicKey, message, signature));
      const before = known.get(key);
      if (before !== undefined) return before;
      const result = suite.ed25519Verify(publicKey, message, signature);
      known.set(key, result);
      return result;
    },
  };
}
