import type { Clock } from "../../../core/node/index.ts";
import { type RecordCode, supersedes, verifyRecord } from "../../../core/record/index.ts";
import type { Suite } from "../../../core/suite/index.ts";
import { addressOf } from "./record-keys.ts";
import type { HeldRecord } from "./record-store.ts";

/**
 * `good`: to be stored and returned. `untimely`: not now, though whoever's clock differs may send it in good faith.
 * `bad`: nobody who verifies what it stores has it.
 */
export type Judgement = "good" | "untimely" | "bad";

const MATTERS_OF_TIME: ReadonlySet<RecordCode> = new Set(["record/expired", "record/life", "record/from-future"]);

/** Judges values under the DHT's keys. */
export class Judge {
  readonly #suite: Suite;
  readonly #clock: Pick<Clock, "now">;

  constructor(suite: Suite, clock: Pick<Clock, "now">) {
    this.#suite = suite;
    this.#clock = clock;
  }

  of(key: Uint8Array, value: Uint8Array): Judgement {
    const address = addressOf(key);
    if (address === undefined) return "bad";
    const verified = verifyRecord(this.#suite, address, value, this.#clock.now());
    if (verified.ok) return "good";
    return MATTERS_OF_TIME.has(verified.error) ? "untimely" : "bad";
  }

  /** The index of the value that supersedes the others; of the first when none verifies. */
  newest(key: Uint8Array, values: readonly Uint8Array[]): number {
    const address = addressOf(key);
    if (address === undefined) return 0;
    const now = this.#clock.now();
    let best: (HeldRecord & { readonly index: number }) | undefined;
    for (const [index, value] of values.entries()) {
      const verified = verifyRecord(this.#suite, address, value, now);
      if (!verified.ok) continue;
      if (best !== undefined && !supersedes(verified.value, best.record, value, best.value)) continue;
      best = { index, value, record: verified.value };
    }
    return best?.index ?? 0;
  }
}
