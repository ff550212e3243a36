import { createHash } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { DELIVERY_TAG_BYTES } from "../../core/envelope/index.ts";

const DIGEST_BYTES = 32;
const NOTE_BYTES = DELIVERY_TAG_BYTES + DIGEST_BYTES;

/**
 * Notes every envelope before it leaves: its tag, which is one key's and serves once, and the SHA-256 of its bytes.
 * What was written is the system's, so that it survives the end of the process.
 */
export class EnvelopeNotes {
  readonly #file: number;

  constructor(file: string) {
    this.#file = openSync(file, "wx", 0o600);
  }

  add(envelope: Uint8Array): void {
    writeSync(this.#file, noteOf(envelope));
  }
}

/** The bytes that {@link EnvelopeNotes} writes of one. */
export function noteOf(envelope: Uint8Array): Uint8Array {
  const digest = createHash("sha256").update(envelope).digest();
  return Buffer.concat([envelope.subarray(0, DELIVERY_TAG_BYTES), digest], NOTE_BYTES);
}

/** All envelopes that left any process. */
export class EnvelopeTally {
  readonly #digests = new Map<string, string>();
  /** All of them, repetitions too. */
  envelopes: number = 0;
  /** Sent before with the very same bytes. */
  repeated: number = 0;
  /** Sent before under the same tag with other bytes: a key was used twice. */
  conflicts: number = 0;

  /** The notes of one process. One that is not whole was not sent. */
  take(notes: Buffer): void {
    for (let at = 0; at + NOTE_BYTES <= notes.length; at += NOTE_BYTES) {
      const tag = notes.toString("latin1", at, at + DELIVERY_TAG_BYTES);
      const digest = notes.toString("latin1", at + DELIVERY_TAG_BYTES, at + NOTE_BYTES);
      const known = this.#digests.get(tag);
      this.envelopes++;
      if (known === undefined) this.#digests.set(tag, digest);
      else if (known === digest) this.repeated++;
      else this.conflicts++;
    }
  }

  get tags(): number {
    return this.#digests.size;
  }
}
