import { createHash } from "node:crypto";
import { bytes, type Codec, decode, encode, struct } from "../../core/codec/index.ts";
import { equalConstantTime, type Secret } from "../../core/safety/index.ts";
import { derive, GCM_TAG_BYTES, KEY_BYTES, NONCE_BYTES, type StretchCost } from "../../core/suite/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { BackupFailed } from "./backup-failure.ts";
import { stretch, STRETCH_SALT_BYTES, stretchCostCodec } from "./stretching.ts";

/** Plaintext of every chunk but the last, which may have less. */
export const CHUNK_BYTES = 65_536;
export const SEALED_CHUNK_BYTES: number = CHUNK_BYTES + GCM_TAG_BYTES;
const CHECK_BYTES = 16;
const CHECKSUM_BYTES = 8;
const MAGIC: Uint8Array = new TextEncoder().encode("chhaya backup v1\n");
const EMPTY = new Uint8Array(0);

interface Header {
  readonly cost: StretchCost;
  readonly salt: Uint8Array;
}
const headerCodec: Codec<Header> = struct({ cost: stretchCostCodec, salt: bytes(STRETCH_SALT_BYTES) });
/** Of the longest header: magic, one length byte, the header, check and checksum. */
export const HEADER_BYTES_MAX = 128;

/**
 * The chunks of one backup: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015), whose nonce counts and says
 * which chunk is the last, so that none can be taken out, moved or cut off.
 */
export class BackupChunks {
  /** The file's beginning. */
  readonly header: Uint8Array;
  readonly #key: Secret;
  #next = 0;

  private constructor(header: Uint8Array, key: Secret) {
    this.header = header;
    this.#key = key;
  }

  /** For a new file: the salt is drawn. */
  static draw(passphrase: Secret, cost: StretchCost): BackupChunks {
    const stated = encode(headerCodec, { cost, salt: systemRandom.bytes(STRETCH_SALT_BYTES) });
    const { check, key } = keysOf(passphrase, { cost, salt: stated.subarray(-STRETCH_SALT_BYTES) }, stated);
    const checked = Buffer.concat([MAGIC, Uint8Array.of(stated.length), stated, check]);
    return new BackupChunks(Buffer.concat([checked, checksum(checked)]), key);
  }

  /** From what a file begins with, at most {@link HEADER_BYTES_MAX}. Throws {@link BackupFailed}. */
  static read(passphrase: Secret, start: Uint8Array): BackupChunks {
    if (!equalConstantTime(start.subarray(0, MAGIC.length), MAGIC)) throw new BackupFailed("backup/unknown-format");
    const at = MAGIC.length + 1;
    const stated = start.subarray(at, at + (start[MAGIC.length] ?? 0));
    const checked = start.subarray(0, at + stated.length + CHECK_BYTES);
    const header = start.subarray(0, checked.length + CHECKSUM_BYTES);
    const decoded = decode(headerCodec, stated, HEADER_BYTES_MAX);
    const isWhole = equalConstantTime(header.subarray(checked.length), checksum(checked));
    if (!decoded.ok || !isWhole) throw new BackupFailed("backup/damaged");
    const { check, key } = keysOf(passphrase, decoded.value, stated);
    if (equalConstantTime(check, checked.subarray(-CHECK_BYTES))) return new BackupChunks(header, key);
    key.wipe();
    throw new BackupFailed("backup/passphrase-wrong");
  }

  /** The next chunk: {@link CHUNK_BYTES}, or at most so many if it is the last. */
  seal(chunk: Uint8Array, isLast: boolean): Uint8Array {
    return nativeSuite.aesGcmSeal(this.#key, this.#nonce(isLast), EMPTY, chunk);
  }

  /** The next chunk. Throws {@link BackupFailed} when it is another. */
  open(sealed: Uint8Array, isLast: boolean): Uint8Array {
    const chunk = nativeSuite.aesGcmOpen(this.#key, this.#nonce(isLast), EMPTY, sealed);
    if (chunk === undefined) throw new BackupFailed("backup/damaged");
    return chunk;
  }

  /** To open all of them once more. */
  rewind(): void {
    this.#next = 0;
  }

  wipe(): void {
    this.#key.wipe();
  }

  /** zero u24 ‖ chunk u64 ‖ last u8. */
  #nonce(isLast: boolean): Uint8Array {
    const nonce = new Uint8Array(NONCE_BYTES);
    new DataView(nonce.buffer).setBigUint64(3, BigInt(this.#next++));
    nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
    return nonce;
  }
}

function keysOf(passphrase: Secret, { cost, salt }: Header, stated: Uint8Array) {
  const stretched = stretch(passphrase, salt, cost);
  const both = derive(nativeSuite, stretched, "backup", stated, KEY_BYTES + CHECK_BYTES);
  stretched.wipe();
  const key = both.slice(0, KEY_BYTES);
  const check = both.expose().slice(KEY_BYTES);
  both.wipe();
  return { key, check };
}

/** Against failing media, so that they are not taken for a wrong passphrase; not against anybody. */
function checksum(checked: Uint8Array): Uint8Array {
  return createHash("sha256").update(checked).digest().subarray(0, CHECKSUM_BYTES);
}
