import { createHash } from "node:crypto";
import { assert, equalConstantTime, Secret } from "../../core/safety/index.ts";
import { derive, GCM_TAG_BYTES, KEY_BYTES, NONCE_BYTES } from "../../core/suite/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";

/** 256 bits: drawn for each file and cell, for as long as a disk lives, without a chance of meeting one again. */
const SALT_BYTES = 32;
const CHECK_BYTES = 16;
const CHECKSUM_BYTES = 8;
/** salt 32 ‖ check 16 ‖ checksum 8: what everything sealed in several frames begins with. */
export const SEAL_BYTES: number = SALT_BYTES + CHECK_BYTES + CHECKSUM_BYTES;
/** What sealing adds to one frame. */
export const FRAME_OVERHEAD_BYTES: number = GCM_TAG_BYTES;
/** What {@link sealCell} adds. */
export const CELL_OVERHEAD_BYTES: number = SALT_BYTES + GCM_TAG_BYTES;

const EMPTY = new Uint8Array(0);

/** What each kind of sealed bytes derives its keys under, so that none is taken for another. */
export type SealLabel =
  "storage log" | "storage anchor" | "storage file" | "storage key" | "storage history" | "storage history index";

/**
 * Frames under one key that nothing else is ever sealed under: the salt is drawn here, the nonce counts, and neither
 * survives this object. Whoever opens the frames later gets a {@link SealReader}, which cannot seal.
 */
export class SealWriter {
  /** {@link SEAL_BYTES}, to be written before the first frame. */
  readonly header: Uint8Array;
  readonly #key: Secret;
  #frames = 0;

  constructor(key: Secret, label: SealLabel) {
    const salt = systemRandom.bytes(SALT_BYTES);
    const { check, key: own } = keysOf(key, label, salt);
    this.#key = own;
    const stated = Uint8Array.of(...salt, ...check);
    this.header = Uint8Array.of(...stated, ...checksum(stated));
  }

  /** The next frame: as long as `plaintext`, and {@link FRAME_OVERHEAD_BYTES}. */
  seal(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return nativeSuite.aesGcmSeal(this.#key, nonceOf(this.#frames++), ad, plaintext);
  }

  wipe(): void {
    this.#key.wipe();
  }
}

/** The same frames, to be opened in the same order. */
export class SealReader {
  readonly #key: Secret;
  #frames = 0;

  constructor(key: Secret) {
    this.#key = key;
  }

  /** Undefined when it is not the next frame as it was sealed. */
  open(ad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    return nativeSuite.aesGcmOpen(this.#key, nonceOf(this.#frames++), ad, sealed);
  }

  wipe(): void {
    this.#key.wipe();
  }
}

/**
 * What begins with a header. "altered": the header is not whole, whatever the key; "other-key": it is whole, and of
 * another key, as far as it is not an attacker's.
 */
export function readSeal(key: Secret, label: SealLabel, bytes: Uint8Array): SealReader | "altered" | "other-key" {
  if (bytes.length < SEAL_BYTES) return "altered";
  const stated = bytes.subarray(0, SALT_BYTES + CHECK_BYTES);
  if (!equalConstantTime(checksum(stated), bytes.subarray(stated.length, SEAL_BYTES))) return "altered";
  const { check, key: own } = keysOf(key, label, stated.subarray(0, SALT_BYTES));
  if (equalConstantTime(check, stated.subarray(SALT_BYTES))) return new SealReader(own);
  own.wipe();
  return "other-key";
}

/** One message alone, under a key of its own: salt 32 ‖ ciphertext ‖ tag 16. */
export function sealCell(key: Secret, label: SealLabel, ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const salt = systemRandom.bytes(SALT_BYTES);
  const { key: own } = keysOf(key, label, salt);
  const sealed = nativeSuite.aesGcmSeal(own, nonceOf(0), ad, plaintext);
  own.wipe();
  const cell = new Uint8Array(SALT_BYTES + sealed.length);
  cell.set(salt);
  cell.set(sealed, SALT_BYTES);
  return cell;
}

/** Undefined when it was not sealed so. */
export function openCell(key: Secret, label: SealLabel, ad: Uint8Array, cell: Uint8Array): Uint8Array | undefined {
  if (cell.length < CELL_OVERHEAD_BYTES) return undefined;
  const { key: own } = keysOf(key, label, cell.subarray(0, SALT_BYTES));
  const plaintext = nativeSuite.aesGcmOpen(own, nonceOf(0), ad, cell.subarray(SALT_BYTES));
  own.wipe();
  return plaintext;
}

/** A key that stands for `key` in one place only, and may be kept when `key` is wiped. */
export function subkey(key: Secret, label: SealLabel): Secret {
  assert(key.length === KEY_BYTES, "storage key has the wrong length");
  return derive(nativeSuite, key, label, EMPTY, KEY_BYTES);
}

/** The key of frames, and what tells that key from another without telling anything of it. */
function keysOf(key: Secret, label: SealLabel, salt: Uint8Array): { readonly key: Secret; readonly check: Uint8Array } {
  assert(key.length === KEY_BYTES, "storage key has the wrong length");
  const both = derive(nativeSuite, key, label, salt, KEY_BYTES + CHECK_BYTES);
  const own = both.slice(0, KEY_BYTES);
  const check = both.expose().slice(KEY_BYTES);
  both.wipe();
  return { key: own, check };
}

/** zero u32 ‖ frame u64, big-endian: NIST SP 800-38D, section 8.2.1, with one device and one file to a key. */
function nonceOf(frame: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setBigUint64(NONCE_BYTES - 8, BigInt(frame));
  return nonce;
}

/** Against torn writes and failing disks, so that they are not taken for another key; not against anybody. */
function checksum(stated: Uint8Array): Uint8Array {
  return createHash("sha256").update(stated).digest().subarray(0, CHECKSUM_BYTES);
}
