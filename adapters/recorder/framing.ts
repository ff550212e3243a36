import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { equalConstantTime } from "../../core/safety/index.ts";
import { nativeSuite } from "../suite/index.ts";

const FAMILY: Uint8Array = utf8ToBytes("chhaya recording v");
export const MAGIC: Uint8Array = concatBytes(FAMILY, utf8ToBytes("1\n"));

const LENGTH_BYTES = 4;
const CHECK_BYTES = 8;
const HEAD_BYTES = LENGTH_BYTES + CHECK_BYTES;
/** What a frame adds to its body. */
export const FRAME_OVERHEAD_BYTES: number = HEAD_BYTES + CHECK_BYTES;

/** Whether these are the first bytes of a recording, of whatever version. */
export function isRecording(bytes: Uint8Array): boolean {
  return startsWith(bytes, FAMILY);
}

/** Whether they are those of this version. */
export function isReadable(bytes: Uint8Array): boolean {
  return startsWith(bytes, MAGIC);
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return equalConstantTime(bytes.subarray(0, prefix.length), prefix);
}

/** Each frame is checked together with all before it: none can be altered, moved, repeated or left out unnoticed. */
class Chain {
  #value: Uint8Array = nativeSuite.sha256(MAGIC);

  ofLength(length: Uint8Array): Uint8Array {
    return nativeSuite.sha256(this.#value, length).subarray(0, CHECK_BYTES);
  }

  /** Goes on behind this body. */
  ofBody(body: Uint8Array): Uint8Array {
    this.#value = nativeSuite.sha256(this.#value, body);
    return this.#value.subarray(0, CHECK_BYTES);
  }
}

export class Framer {
  readonly #chain = new Chain();

  frame(body: Uint8Array): Uint8Array {
    const length = new Uint8Array(LENGTH_BYTES);
    new DataView(length.buffer).setUint32(0, body.length);
    return concatBytes(length, this.#chain.ofLength(length), body, this.#chain.ofBody(body));
  }
}

/** A frame: its body and where it ends. "cut": the bytes end within it. "damaged": its checks do not fit. */
export type Frame = { readonly body: Uint8Array; readonly end: number } | "cut" | "damaged";

/** Every whole frame behind the first {@link MAGIC}; then, unless the bytes end between two, what became of the rest. */
export function* framesOf(bytes: Uint8Array): Generator<Frame> {
  const chain = new Chain();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = MAGIC.length; at < bytes.length;) {
    const start = at + HEAD_BYTES;
    if (start > bytes.length) return yield "cut";
    // A damaged length would pass for a frame that was cut off, had it no check of its own.
    const check = chain.ofLength(bytes.subarray(at, at + LENGTH_BYTES));
    if (!equalConstantTime(check, bytes.subarray(at + LENGTH_BYTES, start))) return yield "damaged";
    const bodyEnd = start + view.getUint32(at);
    const end = bodyEnd + CHECK_BYTES;
    if (end > bytes.length) return yield "cut";
    const body = bytes.subarray(start, bodyEnd);
    if (!equalConstantTime(chain.ofBody(body), bytes.subarray(bodyEnd, end))) return yield "damaged";
    yield { body, end };
    at = end;
  }
}
