import { createCipheriv } from "node:crypto";
import { expect, test } from "vitest";
import { systemRandom } from "../suite/index.ts";
import { drawsFrom } from "./draws.ts";

test("each draw is the key stream of RFC 8439 under the next nonce", () => {
  const seed = systemRandom.bytes(32);
  const draws = drawsFrom(seed);
  for (const [n, length] of [1, 0, 64, 1_000].entries()) {
    // OpenSSL takes the counter, little-endian, before the nonce.
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(n, 12);
    const expected = createCipheriv("chacha20", seed, iv).update(new Uint8Array(length));
    expect(Buffer.from(draws.bytes(length)).equals(expected)).toBe(true);
  }
});
