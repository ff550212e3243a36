import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { assert, Secret } from "../safety/index.ts";
import { ED25519_PUBLIC_BYTES, ED25519_SEED_BYTES, type Random, type Suite } from "../suite/index.ts";

/** A person's long-lived identity: an Ed25519 master key that signs device certificates and nothing else. */
export interface Account {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly seed: Secret;
}

export function generateAccount(suite: Suite, random: Random): Account {
  const seed = new Secret(random.bytes(ED25519_SEED_BYTES));
  return { publicKey: suite.ed25519Public(seed), seed };
}

/** The account key as a lookup key: 64 hexadecimal characters. */
export function accountId(publicKey: Uint8Array): string {
  assert(publicKey.length === ED25519_PUBLIC_BYTES, "account key must be 32 bytes");
  return bytesToHex(publicKey);
}

/** The account key of an {@link accountId} that this program made; asserts its form. */
export function accountKey(id: string): Uint8Array {
  assert(/^[0-9a-f]{64}$/u.test(id), "account id must be 64 hexadecimal characters");
  return hexToBytes(id);
}
