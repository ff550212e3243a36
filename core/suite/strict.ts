import { hexToBytes } from "@noble/hashes/utils.js";
import { ED25519_PUBLIC_BYTES } from "./suite.ts";

const SIGN_BIT = 0x80;

/**
 * The y coordinates of the eight points of small order, little-endian. Both signs of x belong to each, or the
 * one that has none is not canonical (x = 0 for the orders 1 and 2, RFC 8032 section 5.1.3 step 4).
 */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  "0100000000000000000000000000000000000000000000000000000000000000", // order 1
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
  "0000000000000000000000000000000000000000000000000000000000000000", // order 4
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
].map((hex) => hexToBytes(hex));

/**
 * Whether 32 bytes may stand for a public key or for R of an Ed25519 signature: y below p = 2^255 − 19, and not
 * a point of small order. RFC 8032 leaves both open and libraries differ ("Taming the many EdDSAs", Chalkias,
 * Garillot, Nikolaenko 2020); a key of small order would verify signatures over messages that nobody signed.
 * That the point lies on the curve is left to the verifier. Points with a small-order component beside a large
 * one pass, as in libsodium: every suite here checks the equation without cofactor and compares the encoding
 * of R, so they cannot make two of them disagree. All of this is public; the time it takes may vary.
 */
export function isStrictEd25519Encoding(encoded: Uint8Array): boolean {
  if (encoded.length !== ED25519_PUBLIC_BYTES) return false;
  return isReduced(encoded) && !SMALL_ORDER_Y.some((y) => sameApartFromSign(encoded, y));
}

/** y < 2^255 − 19. */
function isReduced(encoded: Uint8Array): boolean {
  if (((encoded[31] as number) | SIGN_BIT) !== 0xff) return true;
  for (let i = 30; i > 0; i--) if (encoded[i] !== 0xff) return true;
  return (encoded[0] as number) < 0xed;
}

function sameApartFromSign(encoded: Uint8Array, y: Uint8Array): boolean {
  if (((encoded[31] as number) & ~SIGN_BIT) !== y[31]) return false;
  for (let i = 0; i < 31; i++) if (encoded[i] !== y[i]) return false;
  return true;
}
