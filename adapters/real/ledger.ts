import { createHash } from "node:crypto";
import type { OracleVerdict } from "../../sim/result.ts";

/** What one person said to another; `number` counts from 0 for each pair. Contents only as their digest. */
export interface Said {
  readonly from: string;
  readonly to: string;
  readonly number: number;
  readonly digest: string;
}

/** What one person's node announced: `from` is the author that it attributed the message to. */
export interface Heard {
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly seq: number;
  readonly digest: string;
}

/**
 * The ground truth of a run, kept outside the nodes. Bodies differ, so a digest names a message; a node repeats
 * an announcement under the same `id` until it is confirmed, and a person who keeps a diary ignores the repetition.
 */
export class Ledger {
  readonly #said = new Map<string, Said>();
  readonly #heard = new Map<string, Heard>();
  readonly #unheard = new Set<string>();

  say(said: Said): void {
    this.#said.set(keyOf(said), said);
    this.#unheard.add(keyOf(said));
  }

  /** False for a repeated announcement. */
  hear(heard: Heard): boolean {
    const id = `${heard.to} ${heard.id}`;
    if (this.#heard.has(id)) return false;
    this.#heard.set(id, heard);
    this.#unheard.delete(keyOf(heard));
    return true;
  }

  get said(): number {
    return this.#said.size;
  }

  get heard(): number {
    return this.#heard.size;
  }

  /** Whether everything that was said was heard. */
  get complete(): boolean {
    return this.#unheard.size === 0;
  }

  /** No message lost, duplicated or changed, and each pair's messages numbered in the order they were said. */
  delivery(): OracleVerdict {
    const times = new Map<string, number>();
    for (const heard of this.#heard.values()) times.set(keyOf(heard), (times.get(keyOf(heard)) ?? 0) + 1);
    const keys = [...this.#said.keys()];
    const lost = keys.filter((key) => !times.has(key)).length;
    const duplicated = keys.filter((key) => (times.get(key) ?? 0) > 1).length;
    const bySeq = [...this.#heard.values()].sort((a, b) => a.seq - b.seq);
    const last = new Map<string, number>();
    let disordered = 0;
    for (const heard of bySeq) {
      const said = this.#said.get(keyOf(heard));
      if (said === undefined) continue;
      const pair = `${said.from} ${said.to}`;
      if (said.number < (last.get(pair) ?? 0)) disordered++;
      last.set(pair, said.number);
    }
    return verdict("delivery", keys.length, { lost, duplicated, disordered });
  }

  /** Nothing heard that its supposed author did not say to the one who heard it. */
  attribution(): OracleVerdict {
    const heard = [...this.#heard.values()];
    return verdict("attribution", heard.length, {
      forged: heard.filter((entry) => !this.#said.has(keyOf(entry))).length,
    });
  }

  /**
   * SHA-256 over the sorted set of deliveries (from, to, rank, body digest): the same for every run of a seed in which
   * the oracles hold. It says nothing of order or time, which the operating system and the network decide here.
   */
  traceHash(): string {
    // Sequence numbers begin at the time; what repeats is their order.
    const bySeq = [...this.#heard.values()].sort((a, b) => a.seq - b.seq);
    const next = new Map<string, number>();
    const lines = bySeq.map(({ digest, from, to }) => {
      const pair = JSON.stringify([from, to]);
      const rank = next.get(pair) ?? 0;
      next.set(pair, rank + 1);
      return JSON.stringify([from, to, rank, digest]);
    });
    return createHash("sha256").update(lines.sort().join("\n")).digest("hex");
  }
}

function keyOf({ digest, from, to }: { readonly from: string; readonly to: string; readonly digest: string }): string {
  return JSON.stringify([from, to, digest]);
}

/** Held when something was checked and every count is zero. */
export function verdict(name: string, checks: number, violations: Readonly<Record<string, number>>): OracleVerdict {
  const found = Object.entries(violations).filter(([, count]) => count > 0);
  if (checks > 0 && found.length === 0) return { name, verdict: "held", checks };
  const message = checks === 0 ? "nothing was checked" : found.map(([what, count]) => `${count} ${what}`).join(", ");
  return { name, verdict: "failed", checks, message };
}
