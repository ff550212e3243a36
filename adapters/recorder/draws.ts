import { chacha20 } from "@noble/ciphers/chacha.js";
import type { Random } from "../../core/suite/index.ts";

export const SEED_BYTES = 32;
const NONCE_BYTES = 12;

/** Draw n is the beginning of the ChaCha20 key stream (RFC 8439) under the seed and the nonce n, from 0. */
export function drawsFrom(seed: Uint8Array): Random {
  const nonce = new DataView(new ArrayBuffer(NONCE_BYTES));
  let draws = 0n;
  return {
    bytes(length) {
      nonce.setBigUint64(NONCE_BYTES - 8, draws++);
      return chacha20(seed, new Uint8Array(nonce.buffer), new Uint8Array(length));
    },
  };
}
