// What the process of the kill sweep writes: a log of facts, and a history that has to agree with it.
import { join } from "node:path";
import {
  type Appended,
  appendRecord,
  type LogHead,
  type LogStatus,
  recover,
  startGeneration,
} from "../../core/logstore/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { FileLogStorage, History } from "./index.ts";

export const KEY: Secret = new Secret(new Uint8Array(32).fill(7));
/** Facts that are under way at once. */
export const BURST = 4;

/** How far the log has come: messages are received as 1, 2, …, and tokens are queued in their order. */
export interface Facts {
  readonly received: number;
  readonly queued: number;
}

const RECORD_BYTES = 12;

/** The facts, and up to 2 KiB behind them, so that writes are of many sizes. */
function encodeFacts({ queued, received }: Facts): Uint8Array {
  const payload = new Uint8Array(RECORD_BYTES + ((received * 977 + queued * 331) % 2_048)).fill(received & 0xff);
  const view = new DataView(payload.buffer);
  view.setUint32(0, received);
  view.setUint32(4, queued);
  view.setUint32(8, payload.length);
  return payload;
}

/** Throws for what was never encoded. */
function decodeFacts(payload: Uint8Array): Facts {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const facts = { received: view.getUint32(0), queued: view.getUint32(4) };
  if (Buffer.compare(payload, encodeFacts(facts)) !== 0) throw new Error("the log holds what was never written");
  return facts;
}

/** Log and history of one home, as a node has them. */
export class Ledger {
  readonly storage: FileLogStorage;
  readonly history: History;
  readonly status: LogStatus;
  facts: Facts = { received: 0, queued: 0 };
  #head: LogHead | undefined;
  #rewrite: boolean;

  constructor(directory: string) {
    this.storage = FileLogStorage.open(join(directory, "log"), KEY);
    this.history = History.open(join(directory, "history"), KEY);
    const { anchor, log } = this.storage.read();
    const { head, payloads, status } = recover(nativeSuite, log, anchor);
    this.status = status;
    this.#head = head;
    this.#rewrite = status !== "clean";
    for (const [at, payload] of payloads.entries()) {
      const facts = decodeFacts(payload);
      const steps = facts.received - this.facts.received + (facts.queued - this.facts.queued);
      if (at > 0 && steps !== 1) throw new Error("the log leaves out a fact");
      this.facts = facts;
    }
  }

  /** One fact more, as a record, or as a snapshot that replaces all records. */
  write(facts: Facts, snapshot: boolean): Promise<void> {
    this.facts = facts;
    const rewrite = snapshot || this.#rewrite || this.#head === undefined;
    const payload = encodeFacts(facts);
    const record: Appended = rewrite
      ? startGeneration(nativeSuite, (this.#head?.generation ?? 0) + 1, payload)
      : appendRecord(nativeSuite, this.#head as LogHead, payload);
    this.#head = record.head;
    this.#rewrite = false;
    return new Promise((resolve, reject) => {
      this.storage[rewrite ? "replace" : "append"](record.bytes, record.anchor, (failure) => {
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.storage.close(), this.history.close()]);
  }
}
