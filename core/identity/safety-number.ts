import { concatBytes } from "@noble/hashes/utils.js";
import { equalConstantTime } from "../safety/index.ts";
import { ascii, type Suite } from "../suite/index.ts";

/**
 * Iterations of the fingerprint's hash, as in Signal's numeric fingerprint: 2^12.3 hashes make each guess of
 * an attacker who searches for an account whose digits match that much dearer, and cost a person nothing.
 */
const ITERATIONS = 5_200;
const FINGERPRINT_DIGITS = 30;
const SCAN_VERSION = 1;
const DOMAIN = ascii("chhaya safety number v1\0");

/** 32 bytes that stand for one account. */
function fingerprint(suite: Suite, account: Uint8Array): Uint8Array {
  let hash = suite.sha256(DOMAIN, account);
  for (let i = 1; i < ITERATIONS; i++) hash = suite.sha256(hash, account);
  return hash;
}

/** Six groups of five digits, each from five bytes: about 99.7 bits. */
function digits(print: Uint8Array): string {
  let text = "";
  for (let offset = 0; offset < (FINGERPRINT_DIGITS / 5) * 5; offset += 5) {
    let chunk = 0;
    for (const byte of print.subarray(offset, offset + 5)) chunk = chunk * 256 + byte;
    text += String(chunk % 100_000).padStart(5, "0");
  }
  return text;
}

/** What two people compare: 60 digits in 12 groups of five, the same on both sides. */
export function safetyNumber(suite: Suite, mine: Uint8Array, theirs: Uint8Array): string {
  const both = [digits(fingerprint(suite, mine)), digits(fingerprint(suite, theirs))].sort();
  return (both.join("").match(/.{5}/gu) ?? []).join(" ");
}

/** What one device shows for the other to scan: version, then the shower's and the reader's fingerprints (65 bytes). */
export function scannable(suite: Suite, mine: Uint8Array, theirs: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array([SCAN_VERSION]), fingerprint(suite, mine), fingerprint(suite, theirs));
}

/** Whether bytes scanned from the other device show the same two accounts. */
export function matchesScanned(suite: Suite, mine: Uint8Array, theirs: Uint8Array, scanned: Uint8Array): boolean {
  return equalConstantTime(scannable(suite, theirs, mine), scanned);
}
