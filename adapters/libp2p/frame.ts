import { assert } from "../../core/safety/index.ts";

/** Length prefix of a frame: unsigned, big-endian. */
export const FRAME_HEADER_BYTES = 4;

/** Length ‖ payload of each frame, in one buffer. */
export function encodeFrames(payloads: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(payloads.reduce((sum, { length }) => sum + FRAME_HEADER_BYTES + length, 0));
  const view = new DataView(whole.buffer);
  let offset = 0;
  for (const payload of payloads) {
    view.setUint32(offset, payload.length);
    whole.set(payload, offset + FRAME_HEADER_BYTES);
    offset += FRAME_HEADER_BYTES + payload.length;
  }
  return whole;
}

/** Cuts a byte stream into frames; holds at most one unfinished frame. */
export class FrameReader {
  readonly #payloadBytesMax: number;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #payload: Uint8Array | undefined;
  #payloadFilled = 0;
  #refused = false;

  constructor(payloadBytesMax: number) {
    assert(payloadBytesMax > 0 && payloadBytesMax < 2 ** 32, "frame limit out of range");
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** Whether a frame was begun whose end is still to come. */
  get unfinished(): boolean {
    return this.#payload !== undefined || this.#headerFilled > 0;
  }

  /**
   * Hands each frame that `chunk` completes to `onFrame`, which owns it. False once a frame announces more
   * than the limit: the stream has no next frame then, and the caller aborts it.
   */
  read(chunk: Uint8Array, onFrame: (payload: Uint8Array) => void): boolean {
    let offset = 0;
    while (!this.#refused) {
      if (this.#payload === undefined) {
        const part = chunk.subarray(offset, offset + FRAME_HEADER_BYTES - this.#headerFilled);
        this.#header.set(part, this.#headerFilled);
        this.#headerFilled += part.length;
        offset += part.length;
        if (this.#headerFilled < FRAME_HEADER_BYTES) return true;
        const length = new DataView(this.#header.buffer).getUint32(0);
        if (length > this.#payloadBytesMax) {
          this.#refused = true;
          break;
        }
        this.#payload = new Uint8Array(length);
        this.#payloadFilled = 0;
      }
      const part = chunk.subarray(offset, offset + this.#payload.length - this.#payloadFilled);
      this.#payload.set(part, this.#payloadFilled);
      this.#payloadFilled += part.length;
      offset += part.length;
      if (this.#payloadFilled < this.#payload.length) return true;
      const frame = this.#payload;
      this.#payload = undefined;
      this.#headerFilled = 0;
      onFrame(frame);
    }
    return false;
  }
}
