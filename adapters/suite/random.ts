import { randomFillSync } from "node:crypto";
import type { Random } from "../../core/suite/index.ts";

/** The operating system's randomness, through OpenSSL's generator. */
export const systemRandom: Random = {
  bytes(length) {
    return randomFillSync(new Uint8Array(length));
  },
};
