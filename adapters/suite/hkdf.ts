import { createHmac, hkdfSync } from "node:crypto";

/** Beyond this `hkdfSync` throws; RFC 5869 itself sets no limit. */
const HKDF_SYNC_INFO_BYTES_MAX = 1024;
const SHA256_BYTES = 32;

/** HKDF-SHA256 (RFC 5869) of `length` bytes, 1 to 8160. */
export function hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (info.length <= HKDF_SYNC_INFO_BYTES_MAX) return new Uint8Array(hkdfSync("sha256", ikm, salt, info, length));
  const prk = createHmac("sha256", salt).update(ikm).digest();
  const okm = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let offset = 0, counter = 1; offset < length; offset += SHA256_BYTES, counter++) {
    const previous = block;
    block = createHmac("sha256", prk).update(previous).update(info).update(Uint8Array.of(counter)).digest();
    previous.fill(0);
    okm.set(block.subarray(0, length - offset), offset);
  }
  block.fill(0);
  prk.fill(0);
  return okm;
}
