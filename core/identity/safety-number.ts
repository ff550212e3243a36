import { concatBytes } from "@noble/hashes/utils.js";
import { assert, equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import { ascii, ED25519_PUBLIC_BYTES, SHA256_BYTES, type Suite } from "../suite/index.ts";

/**
 * Iterations of the fingerprint's hash, as in Signal's numeric fingerprint: half a safety number is about 2^99.7,
 * and each guess of somebody who searches for an account whose digits match costs 2^12.3 hashes, so a full match
 * costs 2^112 and one of half the groups 2^62. To a person it costs milliseconds.
 */
const ITERATIONS = 5_200;
const GROUPS_PER_ACCOUNT = 6;
/** 256^5 is 10^7 times the 10^5 values of a group, so the bias of the remainder is below 10^-7. */
const BYTES_PER_GROUP = 5;
const SCAN_VERSION = 1;
/** Version, then two fingerprints. */
export const SCANNABLE_BYTES: number = 1 + 2 * SHA256_BYTES;
const DOMAIN = ascii("chhaya safety number v1\0");

export type ScanCode =
  /** Not the bytes of a safety number. */
  | "identity/scan-malformed"
  /** Of another version of this protocol. */
  | "identity/scan-version"
  /** The other device shows its own account as somebody else than this device knows it as. */
  | "identity/scan-other-account"
  /** The other device knows this account as somebody else. */
  | "identity/scan-other-reader";

/** 32 bytes that stand for one account. Every iteration takes the key in again, as Signal's does. */
function fingerprint(suite: Suite, account: Uint8Array): Uint8Array {
  assert(account.length === ED25519_PUBLIC_BYTES, "account key must be 32 bytes");
  let hash = suite.sha256(DOMAIN, account);
  for (let i = 1; i < ITERATIONS; i++) hash = suite.sha256(hash, account);
  return hash;
}

function groups(print: Uint8Array): string {
  const found: string[] = [];
  for (let group = 0; group < GROUPS_PER_ACCOUNT; group++) {
    let value = 0;
    for (const byte of print.subarray(group * BYTES_PER_GROUP, (group + 1) * BYTES_PER_GROUP))
      value = value * 256 + byte;
    found.push(String(value % 100_000).padStart(5, "0"));
  }
  return found.join(" ");
}

/** What two people compare: 60 digits in 12 groups of five, the same on both sides. Accounts are 32 bytes each. */
export function safetyNumber(suite: Suite, mine: Uint8Array, theirs: Uint8Array): string {
  return [groups(fingerprint(suite, mine)), groups(fingerprint(suite, theirs))].sort().join(" ");
}

/** What one device shows for the other to scan: version, the shower's and the reader's fingerprint; 65 bytes. */
export function scannable(suite: Suite, mine: Uint8Array, theirs: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array([SCAN_VERSION]), fingerprint(suite, mine), fingerprint(suite, theirs));
}

/** Whether bytes scanned from the other device show the same two accounts. Total on any bytes. */
export function compareScanned(
  suite: Suite,
  mine: Uint8Array,
  theirs: Uint8Array,
  scanned: Uint8Array,
): Result<void, ScanCode> {
  if (scanned.length === 0) return err("identity/scan-malformed");
  if (scanned[0] !== SCAN_VERSION) return err("identity/scan-version");
  if (scanned.length !== SCANNABLE_BYTES) return err("identity/scan-malformed");
  const shower = scanned.subarray(1, 1 + SHA256_BYTES);
  const reader = scanned.subarray(1 + SHA256_BYTES);
  if (!equalConstantTime(shower, fingerprint(suite, theirs))) return err("identity/scan-other-account");
  if (!equalConstantTime(reader, fingerprint(suite, mine))) return err("identity/scan-other-reader");
  return ok(undefined);
}
