import { bytesToHex } from "@noble/hashes/utils.js";
import type { Suite } from "../../core/suite/index.ts";

/** The shortest body: its first bytes make it unique in the run. */
export const BODY_BYTES_MIN = 16;

/** What one person said to another. Bodies are kept as their digests. */
export interface Said {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly digest: string;
  readonly atMs: number;
  /** The engine made it durable: from then on it must arrive. */
  queued: boolean;
  /** The engine said that it will not arrive, because the user decided so. */
  undelivered: boolean;
}

/** A message as a person read it. `author` is whom the node attributed it to. */
export interface Reading {
  readonly reader: string;
  readonly author: string | undefined;
  readonly assurance: "provisional" | "confirmed";
  readonly id: string;
  readonly digest: string;
  readonly atMs: number;
}

/** The ground truth of a run, kept outside the nodes. */
export class Ledger {
  readonly #suite: Suite;
  readonly #said = new Map<string, Said>();

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  get said(): IterableIterator<Said> {
    return this.#said.values();
  }

  get size(): number {
    return this.#said.size;
  }

  find(id: string): Said | undefined {
    return this.#said.get(id);
  }

  /** Records an utterance; `body` begins with bytes that no other has. */
  say(from: string, to: string, body: Uint8Array, atMs: number): Said {
    const said: Said = { ...this.name(body), from, to, atMs, queued: false, undelivered: false };
    this.#said.set(said.id, said);
    return said;
  }

  /** How a body is found again, and what must not have changed in it. */
  name(body: Uint8Array): { readonly id: string; readonly digest: string } {
    const digest = bytesToHex(this.#suite.sha256(body).subarray(0, 16));
    return { id: bytesToHex(body.subarray(0, BODY_BYTES_MIN)), digest };
  }
}
