/** The longest line, in bytes, either way. */
export const LINE_BYTES_MAX = 262_144;

const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines. What waits for its end is at most LINE_BYTES_MAX bytes. */
export class LineReader {
  #waiting: Uint8Array[] = [];
  #length = 0;

  /** The lines that this chunk completes, without their ends; undefined when one is too long: the rest means nothing. */
  read(chunk: Uint8Array): string[] | undefined {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (!this.#keep(chunk.subarray(start, end))) return undefined;
      lines.push(Buffer.concat(this.#waiting).toString("utf8"));
      this.#waiting = [];
      this.#length = 0;
      start = end + 1;
    }
    // A copy, so that a few bytes do not hold the whole chunk.
    return this.#keep(chunk.slice(start)) ? lines : undefined;
  }

  #keep(part: Uint8Array): boolean {
    this.#length += part.length;
    if (this.#length > LINE_BYTES_MAX) return false;
    if (part.length > 0) this.#waiting.push(part);
    return true;
  }
}
