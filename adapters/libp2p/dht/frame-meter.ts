/** A varint of more bytes is no length of this protocol. */
const LENGTH_BYTES_MAX = 4;

/** Why a stream is cut off. */
export type MeterCode =
  /** Longer than any message. */
  | "oversized"
  /** `onFrame` would not have it. */
  | "refused";

/**
 * Watches length-prefixed messages (an unsigned varint each) go by, and holds none of their bytes: the library collects
 * up to 4 MiB before it looks at a message.
 */
export class FrameMeter {
  readonly #frameBytesMax: number;
  /** Of the message that is going by. */
  #left = 0;
  #length = 0;
  #lengthBytes = 0;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** `onFrame` hears the length of each message as it begins. Undefined: all is well. */
  read(chunk: Uint8Array, onFrame: (length: number) => boolean): MeterCode | undefined {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, chunk.length - offset);
        this.#left -= passed;
        offset += passed;
        continue;
      }
      const byte = chunk[offset++] as number;
      this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes++);
      if (this.#lengthBytes > LENGTH_BYTES_MAX || this.#length > this.#frameBytesMax) return "oversized";
      if (byte >= 0x80) continue;
      if (!onFrame(this.#length)) return "refused";
      this.#left = this.#length;
      this.#length = 0;
      this.#lengthBytes = 0;
    }
    return undefined;
  }
}
