import { createCipheriv, createHash } from "node:crypto";
import type { Random } from "../../core/suite/index.ts";

/** The same bytes for the same seed, fast: AES-256-CTR. For figures, never for keys that protect anything. */
export function seededRandom(seed: string): Random {
  const key = createHash("sha256").update(`chhaya bench ${seed}`).digest();
  const stream = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  return { bytes: (length) => new Uint8Array(stream.update(new Uint8Array(length))) };
}
