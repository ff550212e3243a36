import type { Disk } from "./disk.testing.ts";

const SALT_BYTES = 32;
const HEADER_BYTES = 56;

/**
 * Every use of a key that a disk has ever shown, read without the code under test: a salt stands for a key, the place
 * of a frame in its file for the nonce. Two uses of both with different ciphertexts are what must never be.
 */
export class SealedUses {
  readonly #uses = new Map<string, string>();
  readonly conflicts: string[] = [];

  get count(): number {
    return this.#uses.size;
  }

  /** A log only ever grows, so that what a torn write left is the beginning of a use. */
  noteLogs(disk: Disk): void {
    for (const [name, bytes] of disk) if (name.startsWith("sealed-log.")) this.#noteLog(bytes);
  }

  /** A slot is overwritten: what is written to it, whole. */
  noteSlot(slot: Uint8Array): void {
    this.#note(slot, 0, slot.subarray(HEADER_BYTES));
  }

  #noteLog(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = HEADER_BYTES, frame = 0; at + 4 < bytes.length; frame++) {
      const length = view.getUint32(at);
      this.#note(bytes, frame, bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
  }

  #note(from: Uint8Array, frame: number, sealed: Uint8Array): void {
    const salt = Buffer.from(from.subarray(0, SALT_BYTES)).toString("hex");
    const use = `${salt} ${frame}`;
    const ciphertext = Buffer.from(sealed).toString("hex");
    const known = this.#uses.get(use) ?? "";
    const shorter = Math.min(known.length, ciphertext.length);
    if (known.slice(0, shorter) !== ciphertext.slice(0, shorter)) this.conflicts.push(use);
    else if (ciphertext.length > known.length) this.#uses.set(use, ciphertext);
  }
}
