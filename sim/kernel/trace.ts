import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Suite } from "../../core/suite/index.ts";
import type { TimelineEntry } from "../result.ts";

/** Steps that a run keeps for its report: half from its beginning, half from its end. */
export const TIMELINE_ENTRIES_MAX = 4_000;
const HALF = TIMELINE_ENTRIES_MAX / 2;
const LINES_PER_DIGEST = 256;
const EMPTY = new Uint8Array(0);

/** Every step of a run in order, folded into one SHA-256 hash chain: the identity of the run. */
export class Trace {
  readonly #suite: Suite;
  #chain: Uint8Array = new Uint8Array(32);
  #lines: string[] = [];
  readonly #first: TimelineEntry[] = [];
  readonly #last: TimelineEntry[] = [];
  #count = 0;

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  /**
   * `bytes` are the envelope that the step is about. Its first and last 16 bytes stand for all of it: the delivery
   * tag, and an authentication tag over the rest.
   */
  add(entry: TimelineEntry, bytes: Uint8Array = EMPTY): void {
    const { atMs, from, kind, note = "", to = "" } = entry;
    const print = bytes.length === 0 ? "" : bytesToHex(bytes.subarray(0, 16)) + bytesToHex(bytes.subarray(-16));
    this.#lines.push(`${atMs} ${kind} ${from} ${to} ${entry.bytes ?? ""} ${note} ${print}\n`);
    if (this.#lines.length >= LINES_PER_DIGEST) this.#fold();
    if (this.#first.length < HALF) this.#first.push(entry);
    else this.#last[(this.#count - HALF) % HALF] = entry;
    this.#count++;
  }

  #fold(): void {
    this.#chain = this.#suite.sha256(concatBytes(this.#chain, utf8ToBytes(this.#lines.join(""))));
    this.#lines = [];
  }

  /** 64 hexadecimal characters. */
  hash(): string {
    this.#fold();
    return bytesToHex(this.#chain);
  }

  get dropped(): number {
    return Math.max(0, this.#count - TIMELINE_ENTRIES_MAX);
  }

  timeline(): TimelineEntry[] {
    const split = this.#count > TIMELINE_ENTRIES_MAX ? (this.#count - HALF) % HALF : 0;
    return [...this.#first, ...this.#last.slice(split), ...this.#last.slice(0, split)];
  }
}
