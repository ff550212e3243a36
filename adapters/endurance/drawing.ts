import { createCipheriv, createHash } from "node:crypto";

export const BODY_BYTES_MIN = 16;
export const BODY_BYTES_MAX = 20_000;
const SIZES = [64, 256, 1_024, 4_096, BODY_BYTES_MAX];

/** The same choices for the same seed. For tests, never for keys. */
export class Drawing {
  readonly #stream: ReturnType<typeof createCipheriv>;

  constructor(seed: string) {
    const key = createHash("sha256").update(`chhaya endurance ${seed}`).digest();
    this.#stream = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#stream.update(new Uint8Array(length)));
  }

  /** From 0 to 1, without 1. */
  share(): number {
    return Buffer.from(this.bytes(4)).readUInt32BE() / 2 ** 32;
  }

  /** From `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.share() * (high - low);
  }

  /** What somebody says: most of it short, some long, and no two the same. */
  body(): Uint8Array {
    const max = SIZES[Math.floor(this.share() * SIZES.length)] as number;
    return this.bytes(Math.floor(this.between(BODY_BYTES_MIN, max + 1)));
  }
}

/** SHA-256 of a body, in hexadecimal. */
export function digestOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
