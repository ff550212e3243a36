/** Short messages share an allocation of so many bytes; who keeps one of them keeps it all. */
const SLAB_BYTES = 8_192;
/** What is longer has memory of its own. */
const SHARE_BYTES_MAX = 2_048;

/** Bytes that grow at their end. */
export interface Growing {
  memory: Uint8Array;
  start: number;
  length: number;
  /** How long they may become where they are. */
  room: number;
}

/** Memory for what travels: an allocation for each short message would cost more than all else about it. */
export class Slab {
  #shared: Uint8Array = new Uint8Array(SLAB_BYTES);
  #used = 0;

  /** Copies `bytes` to the end of `growing`, which becomes no longer than `most`. */
  append(growing: Growing, bytes: Uint8Array, most: number): void {
    const whole = growing.length + bytes.length;
    if (whole > growing.room && !this.#extend(growing, whole)) this.#move(growing, whole, most);
    growing.memory.set(bytes, growing.start + growing.length);
    growing.length = whole;
  }

  /** What came last of all has room behind it. */
  #extend(growing: Growing, whole: number): boolean {
    const { memory, room, start } = growing;
    if (memory !== this.#shared || start + room !== this.#used || start + whole > SLAB_BYTES) return false;
    growing.room = whole;
    this.#used = start + whole;
    return true;
  }

  #move(growing: Growing, whole: number, most: number): void {
    const { length, memory, start } = growing;
    if (whole > SHARE_BYTES_MAX) {
      growing.room = length === 0 ? whole : Math.min(2 * whole, most);
      growing.memory = new Uint8Array(growing.room);
      growing.start = 0;
    } else {
      if (this.#used + whole > SLAB_BYTES) {
        this.#shared = new Uint8Array(SLAB_BYTES);
        this.#used = 0;
      }
      growing.room = whole;
      growing.memory = this.#shared;
      growing.start = this.#used;
      this.#used += whole;
    }
    if (length > 0) growing.memory.set(memory.subarray(start, start + length), growing.start);
  }
}
