import {
  ASKS_MAX,
  HEADS_KEPT_MAX,
  HEADS_SEEN_MAX,
  type Inspection,
  OUTBOX_MESSAGES_MAX,
  OWN_LABELS_MAX,
  PENDING_MAX,
  PROVISIONAL_MESSAGES_MAX,
  REPLAY_KEYS_MAX,
} from "../../core/node/index.ts";
import { CHAIN_MESSAGES_MAX, EARLY_MESSAGES_MAX, SKIPPED_KEYS_MAX } from "../../core/ratchet/index.ts";
import type { Oracle } from "./judge.ts";

/** Two sessions' current and next chains and skipped keys, one early chain, and the tags of one handshake. */
const TAGS_PER_PEER_MAX = 2 * (2 * CHAIN_MESSAGES_MAX + SKIPPED_KEYS_MAX) + EARLY_MESSAGES_MAX + 8;
/** A log between two rewrites, beyond what it holds: records of at most an envelope each. */
const LOG_GROWTH_BYTES_MAX = 64 * 2 ** 20;

function excess(inspection: Inspection): string | undefined {
  const peers = Object.values(inspection.peers);
  const bounds: readonly (readonly [string, number, number])[] = [
    ["expected tags", inspection.expectedTags, peers.length * TAGS_PER_PEER_MAX],
    ["replay keys", inspection.replayKeys, REPLAY_KEYS_MAX],
    ["log bytes", inspection.logBytes, LOG_GROWTH_BYTES_MAX],
    ["questions under way", inspection.asks, ASKS_MAX],
    ["registrations that wait", inspection.pendingRegistrations, PENDING_MAX],
    ["own labels", inspection.ownLabels, OWN_LABELS_MAX],
    ...Object.values(inspection.logs).map(({ heads }) => ["heads", heads, HEADS_KEPT_MAX + HEADS_SEEN_MAX] as const),
    ...peers.flatMap((peer) => [
      ["skipped keys", peer.skippedKeys, SKIPPED_KEYS_MAX] as const,
      ["waiting messages", peer.waiting, OUTBOX_MESSAGES_MAX] as const,
      ["provisional messages", peer.provisional, PROVISIONAL_MESSAGES_MAX] as const,
    ]),
  ];
  const found = bounds.find(([, size, bound]) => size > bound);
  return found === undefined ? undefined : `${found[0]}: ${found[1]} where ${found[2]} is the bound`;
}

/** Queues, caches and tables stay within their named limits. */
export const boundedMemory: Oracle = {
  name: "bounded-memory",
  demand: "queues, tables and logs stay within their named limits",
  watch(_world, judge) {
    return {
      sampled(person, inspection) {
        const found = excess(inspection);
        judge.check(found === undefined, () => `${person.name} holds too many ${found ?? ""}`);
      },
    };
  },
};
