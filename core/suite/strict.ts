import { ed25519 } from "@noble/curves/ed25519.js";
import { ED25519_PUBLIC_BYTES } from "./suite.ts";

/**
 * Whether 32 bytes are the canonical encoding of a point of the prime-order subgroup, other than the neutral
 * element. RFC 8032 leaves implementations free to accept small-order and mixed-order points, and libraries
 * differ there; refusing them gives every implementation of the suite one answer.
 */
export function isStrictEd25519Point(encoded: Uint8Array): boolean {
  if (encoded.length !== ED25519_PUBLIC_BYTES) return false;
  try {
    const point = ed25519.Point.fromBytes(encoded, false);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}
