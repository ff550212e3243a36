import { createHash, hash } from "node:crypto";
import { SHA256_BYTES } from "../../core/suite/index.ts";
import { plainBytes } from "./bytes.ts";

const JOINED_BYTES_MAX = 1024;
const joined = new Uint8Array(JOINED_BYTES_MAX);

/**
 * SHA-256 of the concatenation of `parts`. A directory hashes tree nodes of 65 bytes by the million: what is short
 * takes one call, and the digest comes as text, since the Buffer around it would cost more than the hash itself.
 */
export function sha256(parts: readonly Uint8Array[]): Uint8Array {
  const whole = parts.length === 1 ? parts[0] : join(parts);
  if (whole === undefined) {
    const hashing = createHash("sha256");
    for (const part of parts) hashing.update(part);
    return plainBytes(hashing.digest());
  }
  const text = hash("sha256", whole, "binary");
  const digest = new Uint8Array(SHA256_BYTES);
  for (let i = 0; i < SHA256_BYTES; i++) digest[i] = text.charCodeAt(i);
  return digest;
}

/** The parts as one view, good until the next call; undefined when copying them would cost more than it saves. */
function join(parts: readonly Uint8Array[]): Uint8Array | undefined {
  let length = 0;
  for (const part of parts) {
    if (length + part.length > JOINED_BYTES_MAX) return undefined;
    joined.set(part, length);
    length += part.length;
  }
  return joined.subarray(0, length);
}
