import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../core/safety/index.ts";
import { systemClock } from "../clock/index.ts";
import { loopbackOptions, startLibp2p } from "../libp2p/index.ts";
import { Drawing } from "./drawing.ts";
import { EnvelopeTally } from "./envelopes.ts";
import { Round, type RoundCounts } from "./round.ts";

/** Kills of one pair of accounts; then another pair meets, so that handshakes are hit as often. */
export const KILLS_A_ROUND = 25;
const NETWORK_SEED_BYTES = 32;

export interface SweepOptions {
  readonly kills: number;
  readonly seed: number;
  /** Called after every kill. */
  readonly onKill?: (kills: number) => void;
}

export interface SweepResult extends RoundCounts {
  readonly rounds: number;
  readonly envelopes: number;
  readonly tags: number;
  readonly repeated: number;
  readonly conflicts: number;
  /** What is wrong, in words; empty when everything is in order. */
  readonly faults: readonly string[];
  /** Where the homes of a failed round are; undefined when none failed. */
  readonly kept: string | undefined;
  readonly ms: number;
}

/**
 * Kills either of two nodes, again and again, while they talk over QUIC on loopback, and judges what is left: nothing
 * acknowledged is lost, nothing is there twice or was not said, and no key seals two envelopes. It stops at the first
 * round that is not in order.
 */
export async function killSweep({ kills, onKill = () => {}, seed }: SweepOptions): Promise<SweepResult> {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "chhaya-kills-"));
  const counts: RoundCounts = {
    kills: { alice: 0, bob: 0 },
    killedStarting: 0,
    said: 0,
    acknowledged: 0,
    delivered: 0,
    quietMs: [],
    torn: 0,
    damaged: 0,
    startMs: [],
  };
  const tally = new EnvelopeTally();
  // Somebody who is never killed: the DHT of two that move at once would lose both.
  const seedOfNetwork = new Secret(new Uint8Array(randomBytes(NETWORK_SEED_BYTES)));
  const rendezvous = await startLibp2p(loopbackOptions("quic", seedOfNetwork, systemClock));
  let faults: string[] = [];
  let rounds = 0;
  let left = kills;
  try {
    while (left > 0 && faults.length === 0) {
      const now = Math.min(left, KILLS_A_ROUND);
      faults = await Round.play({
        directory: join(folder, `${rounds}`),
        rendezvous: rendezvous.addresses,
        drawing: new Drawing(`${seed} ${rounds}`),
        kills: now,
        counts,
        tally,
        onKill: () => onKill(counts.kills.alice + counts.kills.bob),
      });
      if (tally.conflicts > 0) faults.push(`${tally.conflicts} keys used twice`);
      if (counts.damaged > 0) faults.push(`${counts.damaged} logs damaged`);
      left -= now;
      rounds++;
    }
  } finally {
    await rendezvous.stop();
    if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
  }
  const { conflicts, envelopes, repeated, tags } = tally;
  const kept = faults.length === 0 ? undefined : join(folder, `${rounds - 1}`);
  const ms = performance.now() - started;
  return { ...counts, rounds, envelopes, tags, repeated, conflicts, faults, kept, ms };
}
