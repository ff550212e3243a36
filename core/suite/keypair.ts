import { Secret } from "../safety/index.ts";
import { type Random, type Suite, X25519_BYTES } from "./suite.ts";

/** An X25519 key pair: public key 32 bytes, secret 32 bytes. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secret: Secret;
}

/** A fresh X25519 key pair from 32 bytes of `random`. */
export function x25519KeyPair(suite: Suite, random: Random): KeyPair {
  const secret = new Secret(random.bytes(X25519_BYTES));
  return { publicKey: suite.x25519Public(secret), secret };
}
