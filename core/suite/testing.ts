import { sha256 } from "@noble/hashes/sha2.js";
import { ascii } from "./kdf.ts";
import type { Random } from "./suite.ts";

/** A reproducible byte stream for tests and fixtures: SHA-256(seed ‖ counter) blocks. Never for keys that protect anything. */
export function countingRandom(seed: string): Random {
  let counter = 0;
  return {
    bytes(length) {
      const result = new Uint8Array(length);
      for (let offset = 0; offset < length; offset += 32) {
        const block = sha256(ascii(`${seed}:${counter++}`));
        result.set(block.subarray(0, Math.min(32, length - offset)), offset);
      }
      return result;
    },
  };
}
