import { createCipheriv, createHash } from "node:crypto";

/** The shortest body: long enough that no two bodies of a run are the same. */
export const BODY_BYTES_MIN = 16;

/** The `number`th body that `from` says in a run: a function of its arguments, most of them short, some long. */
export function bodyOf(seed: number, from: string, number: number, bytesMax: number): Uint8Array {
  const key = createHash("sha256")
    .update(JSON.stringify(["chhaya conversation", seed, from, number]))
    .digest();
  const scale = [256, 1_024, 4_096, bytesMax][(key[0] as number) % 4] as number;
  const length = BODY_BYTES_MIN + (key.readUInt32BE(1) % (Math.min(scale, bytesMax) - BODY_BYTES_MIN + 1));
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return new Uint8Array(stream.update(Buffer.alloc(length)));
}

/** SHA-256 of a body, 64 hexadecimal characters. */
export function digestOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
