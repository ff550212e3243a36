const BYTES_PER_WORD = 4;

/** One step of MurmurHash3 (x86, 32 bits): cheap, and no adversary is to find collisions. */
function mixed(print: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = print ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** A fingerprint of everything that was added, in its order. */
export class Print {
  #value = 0;

  /** 32 bits, unsigned. */
  get value(): number {
    return this.#value >>> 0;
  }

  /** An integer, of which 53 bits count. */
  number(value: number): void {
    this.#value = mixed(mixed(this.#value, value | 0), (value / 2 ** 32) | 0);
  }

  text(text: string): void {
    let print = mixed(this.#value, text.length);
    for (let i = 0; i < text.length; i++) print = mixed(print, text.charCodeAt(i));
    this.#value = print;
  }

  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    let print = mixed(this.#value, length);
    let i = 0;
    for (; i + BYTES_PER_WORD <= length; i += BYTES_PER_WORD) {
      const [low, high] = [(bytes[i] as number) | ((bytes[i + 1] as number) << 8), bytes[i + 2] as number];
      print = mixed(print, low | (high << 16) | ((bytes[i + 3] as number) << 24));
    }
    for (; i < length; i++) print = mixed(print, bytes[i] as number);
    this.#value = print;
  }
}
